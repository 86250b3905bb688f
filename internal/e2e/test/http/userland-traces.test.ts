import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { embed, type Span } from "@stepfast/server";
import { extendedTracesMiddleware } from "inngest-official/experimental";
import { Inngest } from "stepfast";
import { InngestSpanProcessor, extendedTracesMiddleware as ourTraces } from "stepfast/experimental";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectWorker } from "../connect/connected-app.ts";
import { Api } from "./api.ts";
import { deploy, type World, worldOf } from "./modes.ts";
import { until } from "./patience.ts";
import { eventKey, signingKey } from "./production.ts";
import { quiet } from "./quiet.ts";
import { ours, type Sdk, theirs } from "./sdk.ts";
import { App } from "./world.ts";

/* PROTOCOL §8 (`POST /v1/traces/userland`): what the SDKs' OpenTelemetry extensions send. */

trace.setGlobalTracerProvider(new BasicTracerProvider());
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const extensions = new Map<Sdk, unknown>([
  [theirs, extendedTracesMiddleware({ behaviour: "extendProvider" })],
  [ours, ourTraces({ behaviour: "extendProvider" })],
]);

// The published extension sends all spans of its process to the server it met first: there is one.
let world: World;
beforeAll(async () => {
  world = await worldOf("production");
});
afterAll(() => world.cleanUps.run());

function newApp(sdk: Sdk, checkpointing: boolean): App {
  const keys = { isDev: false, signingKey, eventKey };
  const middleware = [extensions.get(sdk)] as never;
  const app = new App(sdk, world.api, { ...keys, middleware, checkpointing });
  world.cleanUps.add(() => app.stop());
  return app;
}

function program(app: App) {
  const tracer = trace.getTracer("shop");
  const work = (name: string) => tracer.startActiveSpan(name, (span) => span.setAttribute("rows", 3).end());
  return app.client.createFunction(
    { id: "traced", triggers: { event: app.event("go") } },
    async ({ step }) => {
      await step.run("first", () => work("query"));
      await step.run("second", () => work("call"));
    },
  );
}

/** Names of the spans below each step. */
function below(root: Span): Record<string, string[]> {
  const names = (span: Span): string[] => span.children.flatMap((one) => [one.name, ...names(one)]);
  return Object.fromEntries(root.children.map((one) => [one.name, names(one)]));
}

async function served(sdk: Sdk, checkpointing: boolean): Promise<App> {
  const app = newApp(sdk, checkpointing);
  await deploy({ ...world, app }, [program(app)]);
  return app;
}

async function connected(sdk: Sdk): Promise<App> {
  const app = newApp(sdk, true);
  const functions = [program(app)] as never;
  const worker = await connectWorker(sdk, { apps: [{ client: app.client, functions }] });
  world.cleanUps.add(() => worker.close());
  return app;
}

describe.each([theirs, ours])("$name", (sdk) => {
  test.each([
    ["with checkpointing", () => served(sdk, true)],
    ["a request a step", () => served(sdk, false)],
    ["over connect", () => connected(sdk)],
  ])("spans of user code are in the trace of their run, under their step: %s", async (_how, start) => {
    const app = await start();
    const { id } = await world.api.outcome(await app.send("go"));
    const root = await until(
      "spans of both steps",
      async () => (await world.api.trace(id)).rootSpan,
      (span) => ["query", "call"].every((name) => JSON.stringify(span).includes(`"${name}"`)),
    );
    expect(below(root)).toMatchObject({ first: ["Attempt 0", "query"], second: ["Attempt 0", "call"] });
  });
});

test("a processor of a provider of one's own sends spans of its client's runs, also in the engine's process", async () => {
  const [client, other] = [new Inngest({ id: "spans" }), new Inngest({ id: "other" })];
  const provider = new BasicTracerProvider({
    spanProcessors: [new InngestSpanProcessor(client), new InngestSpanProcessor(other)],
  });
  const tracer = provider.getTracer("own");
  const fn = client.createFunction({ id: "traced", triggers: { event: "spans/go" } }, async ({ step }) => {
    await step.run("first", async () => {
      const outer = tracer.startSpan("outer", {
        attributes: { rows: 3, hit: true, ids: ["a", "b"], share: 0.5 },
      });
      outer.addEvent("cached").recordException(new Error("odd"));
      outer.setStatus({ code: SpanStatusCode.ERROR, message: "slow" }).end();
    });
    tracer.startSpan("between").end();
  });
  const embedded = await embed({ client, functions: [fn], db: ":memory:", port: 0, log: quiet });
  world.cleanUps.add(() => embedded.close());
  tracer.startSpan("outside").end();
  const api = new Api(embedded.url ?? "");
  const { ids } = await client.send({ name: "spans/go" });
  const { id } = await api.outcome(ids[0] ?? "");
  await provider.forceFlush();
  const { rootSpan } = await api.trace(id);
  const [first] = rootSpan.children;
  const attributes = { rows: 3, hit: true, ids: ["a", "b"], share: 0.5 };
  expect(first?.children[0]?.children).toMatchObject([
    {
      name: "outer",
      status: "FAILED",
      userland: { attributes, events: [{ name: "cached" }, { name: "exception" }] },
    },
  ]);
  expect(rootSpan.children[1]).toMatchObject({ name: "between" });
  expect(JSON.stringify(rootSpan)).not.toContain('"outside"');
});
