import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import * as h3 from "h3-v1";
import { Hono } from "hono";
import * as theirExpress from "inngest-official/express";
import theirFastify from "inngest-official/fastify";
import * as theirHono from "inngest-official/hono";
import * as theirKoa from "inngest-official/koa";
import * as theirLambda from "inngest-official/lambda";
import * as theirNext from "inngest-official/next";
import Koa from "koa";
import * as ourExpress from "stepfast/express";
import ourFastify from "stepfast/fastify";
import * as ourH3 from "stepfast/h3";
import * as ourHono from "stepfast/hono";
import * as ourKoa from "stepfast/koa";
import * as ourLambda from "stepfast/lambda";
import * as ourNext from "stepfast/next";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { Gate } from "./gate.ts";
import { ours, type Sdk, theirs } from "./sdk.ts";
import { App, type Builder, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

type Adapter = { serve: unknown };
type Plugin = unknown;

const onExpress =
  ({ serve }: Adapter): Builder =>
  (options) => {
    const app = express();
    app.use(express.json({ limit: "8mb" }));
    app.use("/api/inngest", (serve as typeof ourExpress.serve)(options));
    return createServer(app);
  };

const onHono =
  ({ serve }: Adapter): Builder =>
  (options) => {
    const app = new Hono();
    app.on(["GET", "PUT", "POST"], "/api/inngest", (serve as typeof ourHono.serve)(options));
    return createServer(getRequestListener(app.fetch));
  };

const onFastify =
  (plugin: Plugin): Builder =>
  async ({ client, functions }) => {
    let handle: Parameters<typeof createServer>[1];
    const app = Fastify({
      serverFactory(handler): Server {
        handle = handler;
        return createServer(handler);
      },
    });
    await app.register(plugin as typeof ourFastify, { client, functions, options: {} });
    await app.ready();
    return createServer(handle);
  };

const onKoa =
  ({ serve }: Adapter): Builder =>
  (options) => {
    const handler = (serve as typeof ourKoa.serve)(options);
    const parsed = async ({ request, req, method }: Koa.Context, next: Koa.Next) => {
      // The published adapter leaves the body to a parser.
      const chunks: Buffer[] = [];
      if (method !== "GET") for await (const chunk of req) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      Object.assign(request, { body: text === "" ? {} : JSON.parse(text) });
      await next();
    };
    const app = new Koa().use(parsed).use((context) => handler(context));
    return createServer(app.callback());
  };

const onH3 =
  ({ serve }: Adapter): Builder =>
  (options) => {
    const handler = h3.eventHandler((serve as typeof ourH3.serve)(options));
    return createServer(h3.toNodeListener(h3.createApp().use("/api/inngest", handler)));
  };

/** The route handlers that a Next app exports, called by method as its App Router does. */
const onNext =
  ({ serve }: Adapter): Builder =>
  (options) => {
    const { GET, POST, PUT } = (serve as typeof ourNext.serve)(options);
    const routes: Record<string, typeof GET> = { GET, POST, PUT };
    const route = async (request: Request) =>
      (await routes[request.method]?.(request)) ?? new Response(null, { status: 405 });
    return createServer(getRequestListener(route));
  };

/** A Lambda function behind its URL. */
const onLambda =
  ({ serve }: Adapter): Builder =>
  (options) => {
    const handler = (serve as typeof ourLambda.serve)(options);
    return createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = new URL(request.url ?? "/", "http://lambda.test");
      const { statusCode, headers, body } = await handler({
        version: "2.0",
        headers: { ...(request.headers as Record<string, string>), "x-forwarded-proto": "http" },
        rawPath: url.pathname,
        rawQueryString: url.search.slice(1),
        queryStringParameters: Object.fromEntries(url.searchParams),
        requestContext: { http: { method: request.method ?? "GET", path: url.pathname } },
        body: Buffer.concat(chunks).toString("base64"),
        isBase64Encoded: true,
      });
      response.writeHead(statusCode, headers).end(body);
    });
  };

const cases: { sdk: Sdk; framework: string; build: Builder }[] = [
  { sdk: ours, framework: "express", build: onExpress(ourExpress) },
  { sdk: ours, framework: "hono", build: onHono(ourHono) },
  { sdk: ours, framework: "fastify", build: onFastify(ourFastify) },
  { sdk: ours, framework: "koa", build: onKoa(ourKoa) },
  { sdk: ours, framework: "h3", build: onH3(ourH3) },
  { sdk: ours, framework: "nextjs", build: onNext(ourNext) },
  { sdk: ours, framework: "aws-lambda", build: onLambda(ourLambda) },
  { sdk: theirs, framework: "express", build: onExpress(theirExpress) },
  { sdk: theirs, framework: "hono", build: onHono(theirHono) },
  { sdk: theirs, framework: "fastify", build: onFastify(theirFastify) },
  { sdk: theirs, framework: "koa", build: onKoa(theirKoa) },
  { sdk: theirs, framework: "nextjs", build: onNext(theirNext) },
  { sdk: theirs, framework: "aws-lambda", build: onLambda(theirLambda) },
];

describe.each(cases)("$sdk.name on $framework", ({ sdk, framework, build }) => {
  test.each([true, false])("steps of all kinds, checkpointing %s", async (checkpointing) => {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const api = new Api(server.url);
    const app = new App(sdk, api, { checkpointing }, 0, build);
    cleanUps.add(() => app.stop());
    const { ledger } = app;
    const gate = new Gate();
    const fn = app.client.createFunction(
      { id: "order", triggers: { event: app.event("go") }, retries: 1 },
      async ({ step, event }) => {
        const first = await step.run("first", () => ledger.note("first", event.data.text));
        const both = await Promise.all([
          step.run("left", () => ledger.note("left", 1)),
          step.run("flaky", () => {
            ledger.note("flaky");
            if (ledger.count("flaky") === 1) throw new Error("not yet");
            return 2;
          }),
        ]);
        gate.open();
        const news = await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        return { first, both, news: news?.data };
      },
    );
    await app.start([fn]);
    const apps = await api.get<{ latestSync: { framework: string } }[]>("/v2/apps");
    expect(apps[0]?.latestSync.framework).toBe(framework);
    const id = await app.send("go", { text: "dèjà ✓" });
    await gate.opened;
    const [{ id: runId } = { id: "" }] = await api.runsOf(id);
    await api.waiting(runId, "event");
    await app.send("news", { n: 7 });
    const output = { first: "dèjà ✓", both: [1, 2], news: { n: 7 } };
    expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output });
    expect(ledger.lines.slice().sort()).toEqual(["first", "flaky", "flaky", "left"]);
  });
});
