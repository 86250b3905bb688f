import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { describe, expect, it } from "vitest";
import { serve } from "../../src/adapters/edge.ts";
import { callBody, shop } from "../serve/shop.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite } from "./suite.ts";

adapterSuite("edge", {
  frameworkName: "edge",
  async start(options) {
    const server = createServer(getRequestListener(serve(options)));
    return { origin: await listen(server), stop: () => closed(server) };
  },
});

describe("edge", () => {
  it("believes a proxy that the connection was encrypted", async () => {
    const urls: string[] = [];
    const fetch = async (_url: unknown, init: RequestInit = {}) => {
      urls.push(JSON.parse(String(init.body)).url);
      return Response.json({});
    };
    const headers = { "x-forwarded-proto": "https, http" };
    const request = new Request("http://shop.example/api/inngest", { method: "PUT", headers });
    await serve(shop({ fetch: fetch as typeof globalThis.fetch }))(request);
    expect(urls).toEqual(["https://shop.example/api/inngest"]);
  });

  it("answers 413 to a body that is announced as too large", async () => {
    const headers = { "content-length": String(100 * 1024 * 1024) };
    const request = new Request("http://a.test/?fnId=shop-done", { method: "POST", headers, body: "{}" });
    const response = await serve(shop())(request);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: "internal", code: "body_too_large" });
  });

  it("hands the caller's hang-up to the function", async () => {
    const { client } = shop();
    let reason: unknown;
    const fn = client.createFunction({ id: "waits", triggers: { event: "a" } }, ({ step }) =>
      step.run("a", (context) => {
        controller.abort(new Error("gone"));
        reason = (context as { signal: AbortSignal }).signal.reason;
        return 1;
      }),
    );
    const controller = new AbortController();
    const request = new Request("http://a.test/?fnId=shop-waits", {
      method: "POST",
      body: JSON.stringify(callBody()),
      signal: controller.signal,
    });
    await serve({ client, functions: [fn] })(request);
    expect(reason).toMatchObject({ message: "gone" });
  });
});
