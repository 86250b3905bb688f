import { createServer, type IncomingMessage } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { describe, expect, it } from "vitest";
import { serve } from "../../src/adapters/next.ts";
import { callBody, shop } from "../serve/shop.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite } from "./suite.ts";

// What Next does with a route of `app`: a function for each method, called with a Request and the route's parameters.
adapterSuite("next: app router", {
  frameworkName: "nextjs",
  routesOnly: true,
  async start(options) {
    const { GET, POST, PUT } = serve(options);
    const routes: Record<string, (request: Request, context: unknown) => Promise<Response>> = {
      GET,
      POST,
      PUT,
    };
    const listener = getRequestListener(async (request) => {
      const route = routes[request.method];
      return route ? route(request, { params: Promise.resolve({}) }) : new Response(null, { status: 405 });
    });
    const server = createServer(listener);
    return { origin: await listen(server), stop: () => closed(server) };
  },
});

// What Next does with a file in `pages/api`: Node's objects, the body parsed, `status` and `send` added.
adapterSuite("next: pages router", {
  frameworkName: "nextjs",
  parsesBodies: true,
  async start(options) {
    const handler = serve(options);
    const server = createServer(async (request, response) => {
      try {
        const text = await textOf(request);
        const body = text === "" ? "" : JSON.parse(text);
        await handler(
          Object.assign(request, { body, query: {} }),
          Object.assign(response, { send: () => {} }),
        );
      } catch {
        response.writeHead(400).end("Invalid JSON");
      }
    });
    return { origin: await listen(server), stop: () => closed(server) };
  },
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe("next", () => {
  it("registers the host the caller used, not the one Next runs at", async () => {
    const urls: string[] = [];
    const fetch = async (_url: unknown, init: RequestInit = {}) => {
      urls.push(JSON.parse(String(init.body)).url);
      return Response.json({});
    };
    const { PUT } = serve(shop({ fetch: fetch as typeof globalThis.fetch }));
    const headers = { host: "shop.example", "x-forwarded-proto": "https" };
    await PUT(new Request("http://localhost:3000/api/inngest", { method: "PUT", headers }));
    expect(urls).toEqual(["https://shop.example/api/inngest"]);
  });

  it("is a handler itself", async () => {
    const handler = serve(shop());
    const request = new Request("http://a.test/api/inngest?fnId=shop-done", {
      method: "POST",
      body: JSON.stringify(callBody()),
    });
    const response = await handler(request, { params: {} });
    expect(await response?.json()).toEqual({ order: 7 });
  });
});
