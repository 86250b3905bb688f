import Fastify from "fastify";
import { describe, expect, it } from "vitest";
import inngestFastify, { serve } from "../../src/adapters/fastify.ts";
import { shop } from "../serve/shop.ts";
import { adapterSuite } from "./suite.ts";

adapterSuite("fastify: plugin", {
  frameworkName: "fastify",
  routesOnly: true,
  async start({ client, functions, ...options }) {
    const app = Fastify();
    app.register(inngestFastify, { client, functions, options });
    return { origin: await app.listen({ port: 0, host: "127.0.0.1" }), stop: () => app.close() };
  },
});

adapterSuite("fastify: serve", {
  frameworkName: "fastify",
  parsesBodies: true,
  routesOnly: true,
  async start(options) {
    const app = Fastify({ bodyLimit: 8 * 1024 * 1024 });
    // Fastify's own parser refuses an empty body that claims to be JSON.
    app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) =>
      done(null, body),
    );
    app.route({ method: ["GET", "POST", "PUT"], url: "/api/inngest", handler: serve(options) });
    return { origin: await app.listen({ port: 0, host: "127.0.0.1" }), stop: () => app.close() };
  },
});

describe("fastify: plugin", () => {
  it("leaves the parsers of other routes alone", async () => {
    const app = Fastify();
    app.register(inngestFastify, { ...shop(), options: { servePath: "/jobs" } });
    app.post("/echo", async (request) => request.body);
    const echoed = await app.inject({ method: "POST", url: "/echo", payload: { a: 1 } });
    expect(echoed.json()).toEqual({ a: 1 });
    expect((await app.inject({ method: "GET", url: "/jobs" })).statusCode).toBe(200);
    await app.close();
  });

  it("fails to start when two functions have one id", async () => {
    const { client, functions } = shop();
    const app = Fastify();
    app.register(inngestFastify, { client, functions: [...functions, ...functions.slice(0, 1)] });
    await expect(app.ready()).rejects.toMatchObject({ code: "duplicate_function" });
  });
});
