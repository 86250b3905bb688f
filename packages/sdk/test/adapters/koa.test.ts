import { createServer } from "node:http";
import { bodyParser } from "@koa/bodyparser";
import Koa from "koa";
import { describe, expect, it } from "vitest";
import { serve } from "../../src/adapters/koa.ts";
import type { ServeHandlerOptions } from "../../src/serve/serve-options.ts";
import { RecordedApi } from "../serve/recorded-api.ts";
import { registered } from "../serve/registered.ts";
import { shop } from "../serve/shop.ts";
import { closed, listen } from "./api-server.ts";
import { adapterSuite, type RunningApp } from "./suite.ts";

async function start(app: Koa): Promise<RunningApp> {
  const server = createServer(app.callback());
  return { origin: await listen(server), stop: () => closed(server) };
}

function appWith(options: ServeHandlerOptions, before: Koa.Middleware[] = []): Koa {
  const app = new Koa();
  for (const middleware of before) app.use(middleware);
  const handler = serve(options);
  return app.use((context, next) => (context.path === "/api/inngest" ? handler(context) : next()));
}

adapterSuite("koa", { frameworkName: "koa", start: (options) => start(appWith(options)) });

adapterSuite("koa behind a parser", {
  isVariant: true,
  frameworkName: "koa",
  parsesBodies: true,
  start: (options) => start(appWith(options, [bodyParser({ jsonLimit: "8mb" })])),
});

describe("koa", () => {
  it("leaves the response to middleware around it", async () => {
    const app = appWith(shop(), [
      async (context, next) => {
        await next();
        context.set("x-seen", String(context.status));
      },
    ]);
    const { origin, stop } = await start(app);
    const response = await fetch(`${origin}/api/inngest`);
    expect(response.headers.get("x-seen")).toBe("200");
    expect((await fetch(`${origin}/else`)).status).toBe(404);
    await stop();
  });

  it("believes a proxy where Koa does", async () => {
    const api = new RecordedApi();
    const app = appWith(shop({ fetch: api.fetch as typeof fetch }));
    app.proxy = true;
    const { origin, stop } = await start(app);
    const headers = { "x-forwarded-host": "shop.example", "x-forwarded-proto": "https" };
    await fetch(`${origin}/api/inngest`, { method: "PUT", headers });
    expect(registered(api.requests[0]).url).toBe("https://shop.example/api/inngest");
    await stop();
  });
});
