import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { H3 } from "h3";
import { toNodeHandler } from "h3/node";
import * as h3v1 from "h3-v1";
import { describe, expect, it } from "vitest";
import { serve } from "../../src/adapters/h3.ts";
import * as nitro from "../../src/adapters/nitro.ts";
import * as nuxt from "../../src/adapters/nuxt.ts";
import type { ServeHandlerOptions } from "../../src/serve/serve-options.ts";
import { callBody, shop } from "../serve/shop.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite, type RunningApp } from "./suite.ts";

type Listener = Parameters<typeof createServer>[1];

async function start(listener: Listener): Promise<RunningApp> {
  const server = createServer(listener);
  return { origin: await listen(server), stop: () => closed(server) };
}

const read = h3v1.eventHandler(async (event) => {
  if (event.method !== "GET") await h3v1.readRawBody(event).catch(() => "");
});

/** As Nitro 2 and Nuxt have it: a router in an app. */
function routed(options: ServeHandlerOptions, make: typeof serve): h3v1.App {
  const router = h3v1.createRouter().use("/api/inngest", h3v1.defineEventHandler(make(options)));
  return h3v1.createApp().use(router);
}

adapterSuite("h3 1", {
  frameworkName: "h3",
  start: (options) =>
    start(h3v1.toNodeListener(h3v1.createApp().use("/api/inngest", h3v1.defineEventHandler(serve(options))))),
});

adapterSuite("h3 1 behind middleware that read the body", {
  isVariant: true,
  frameworkName: "h3",
  start: (options) =>
    start(
      h3v1.toNodeListener(
        h3v1
          .createApp()
          .use(read)
          .use("/api/inngest", h3v1.defineEventHandler(serve(options))),
      ),
    ),
});

adapterSuite("h3 1 without Node's requests", {
  frameworkName: "h3",
  start: (options) =>
    start(getRequestListener((request) => h3v1.toWebHandler(routed(options, serve))(request))),
});

adapterSuite("h3 2", {
  frameworkName: "h3",
  start: (options) => start(toNodeHandler(new H3().all("/api/inngest", serve(options)))),
});

adapterSuite("nitro", {
  isVariant: true,
  frameworkName: "nitro",
  start: (options) => start(h3v1.toNodeListener(routed(options, nitro.serve))),
});

adapterSuite("nuxt", {
  isVariant: true,
  frameworkName: "nuxt",
  start: (options) => start(h3v1.toNodeListener(routed(options, nuxt.serve))),
});

describe("h3", () => {
  it("takes a body that a platform has read", async () => {
    const served = shop();
    const handler = h3v1.toNodeListener(routed(served, serve));
    const text = JSON.stringify(callBody());
    for (const body of [Buffer.from(text), text, JSON.parse(text)]) {
      const { origin, stop } = await start((request, response) => {
        Object.assign(request, { body });
        request.resume();
        handler(request, response);
      });
      const response = await fetch(`${origin}/api/inngest?fnId=shop-done&stepId=step`, { method: "POST" });
      expect(await response.json()).toEqual({ order: 7 });
      await stop();
    }
  });
});
