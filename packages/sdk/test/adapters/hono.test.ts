import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { serve } from "../../src/adapters/hono.ts";
import { shop } from "../serve/shop.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite } from "./suite.ts";

adapterSuite("hono", {
  frameworkName: "hono",
  async start(options) {
    const app = new Hono();
    // A middleware that looked at the body must not take it away.
    app.use(async (context, next) => {
      await context.req.text().catch(() => "");
      await next();
    });
    app.all("/api/inngest", serve(options));
    const server = createServer(getRequestListener(app.fetch));
    return { origin: await listen(server), stop: () => closed(server) };
  },
});

describe("hono", () => {
  it("takes variables from the bindings", async () => {
    const app = new Hono();
    app.all("/api/inngest", serve(shop()));
    const response = await app.request("/api/inngest", {}, { INNGEST_EVENT_KEY: "key", QUEUE: {} });
    expect(await response.json()).toMatchObject({ has_event_key: true });
  });
});
