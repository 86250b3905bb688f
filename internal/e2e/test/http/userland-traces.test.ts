import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import type { Span } from "@stepfast/server";
import { extendedTracesMiddleware } from "inngest-official/experimental";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectWorker } from "../connect/connected-app.ts";
import { deploy, eventKey, signingKey, type World, worldOf } from "./modes.ts";
import { until } from "./patience.ts";
import { theirs } from "./sdk.ts";
import { App } from "./world.ts";

/* PROTOCOL §8 (`POST /v1/traces/userland`): what the SDK's OpenTelemetry extension sends. */

trace.setGlobalTracerProvider(new BasicTracerProvider());
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const middleware = [extendedTracesMiddleware({ behaviour: "extendProvider" })];

// The extension sends all spans of its process to the server it met first: there is one.
let world: World;
beforeAll(async () => {
  world = await worldOf("production");
});
afterAll(() => world.cleanUps.run());

function newApp(checkpointing: boolean): App {
  const keys = { isDev: false, signingKey, eventKey };
  const app = new App(theirs, world.api, { ...keys, middleware: middleware as never, checkpointing });
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

async function served(checkpointing: boolean): Promise<App> {
  const app = newApp(checkpointing);
  await deploy({ ...world, app }, [program(app)]);
  return app;
}

async function connected(): Promise<App> {
  const app = newApp(true);
  const functions = [program(app)] as never;
  const worker = await connectWorker(theirs, { apps: [{ client: app.client, functions }] });
  world.cleanUps.add(() => worker.close());
  return app;
}

test.each([
  ["with checkpointing", () => served(true)],
  ["a request a step", () => served(false)],
  ["over connect", connected],
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
