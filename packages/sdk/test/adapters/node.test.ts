import { createServer as createHttpServer, request as httpRequest } from "node:http";
import { limits } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { createServer, serve } from "../../src/adapters/node.ts";
import { shop } from "../serve/shop.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite } from "./suite.ts";

adapterSuite("node: serve", {
  frameworkName: "nodejs",
  async start(options) {
    const server = createHttpServer(serve(options));
    return { origin: await listen(server), stop: () => closed(server) };
  },
});

adapterSuite("node: createServer", {
  frameworkName: "nodejs",
  async start(options) {
    const server = createServer(options);
    return { origin: await listen(server), stop: () => closed(server) };
  },
});

describe("node: createServer", () => {
  it("serves one path and answers 404 elsewhere", async () => {
    const server = createServer({ ...shop(), servePath: "/jobs" });
    const origin = await listen(server);
    const [here, there] = await Promise.all([fetch(`${origin}/jobs?x=1`), fetch(`${origin}/jobs/else`)]);
    expect(here.status).toBe(200);
    expect(there.status).toBe(404);
    expect(await there.json()).toMatchObject({ code: "not_found" });
    await closed(server);
  });
});

describe("node: serve", () => {
  it("answers 413 to a body that is too large", async () => {
    const server = createHttpServer(serve(shop()));
    const url = `${await listen(server)}/?fnId=shop-done`;
    const response = await fetch(url, { method: "POST", body: Buffer.alloc(limits.requestBytes + 1, " ") });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: "internal", code: "body_too_large" });
    await closed(server);
  });

  it("hangs up on a body that never ends", async () => {
    const server = createHttpServer(serve(shop()));
    const url = `${await listen(server)}/?fnId=shop-done`;
    const piece = Buffer.alloc(1024 * 1024, " ");
    await new Promise<void>((resolve) => {
      const sent = httpRequest(url, { method: "POST" });
      const write = (): boolean => sent.write(piece, (error) => error ?? write());
      sent.on("response", (response) => response.resume());
      sent.on("error", () => {});
      sent.on("close", resolve);
      write();
    });
    expect((await fetch(url)).status).toBe(200);
    await closed(server);
  });

  it("answers whatever the environment is named", async () => {
    const server = createHttpServer(serve(shop({ env: "größer/🚀\r\nx: y" })));
    const response = await fetch(await listen(server));
    expect(response.status).toBe(200);
    expect(response.headers.get("x-inngest-env")).toBe("gr??er/???x: y");
    await closed(server);
  });

  it.each(["bad host", "a b:99999", "["])("survives the Host header %j", async (host) => {
    const server = createHttpServer(serve(shop()));
    const origin = await listen(server);
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(origin, { headers: { host } }, (response) =>
        resolve(response.resume().statusCode),
      );
      sent.on("error", reject).end();
    });
    expect(status).toBe(500);
    await closed(server);
  });
});
