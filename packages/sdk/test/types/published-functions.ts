/*
 * What code for the published package says of functions and their steps. All of it compiles with inngest 4.24.0 as well;
 * here it is only compiled, by types.test.ts.
 */
// biome-ignore-all lint/correctness/noUnusedVariables: compiled, not run
// biome-ignore-all lint/correctness/noUnusedFunctionParameters: compiled, not run
// biome-ignore-all lint/suspicious/noUnusedExpressions: compiled, not run

import type { ClientOptions } from "stepfast";
import {
  ConsoleLogger,
  cron,
  dependencyInjectionMiddleware,
  eventType,
  experiment,
  Inngest,
  internalEvents,
  invoke,
  NonRetriableError,
  referenceFunction,
  StepError,
  staticSchema,
} from "stepfast";
import { channel } from "stepfast/realtime";
import { z } from "zod";

class Db {
  find(id: string): { id: string } {
    return { id };
  }
}
const inngest = new Inngest({
  id: "shop",
  middleware: [dependencyInjectionMiddleware({ db: new Db(), n: 1 })],
  logger: new ConsoleLogger({ level: "debug" }),
  checkpointing: { maxRuntime: "5m", bufferedSteps: 2, maxInterval: "10s" },
});
const plain = new Inngest({
  id: "plain",
  isDev: true,
  fetch: globalThis.fetch,
  eventKey: "k",
  env: "b",
  appVersion: "1",
});
const anyClient: Inngest.Any = inngest;
const like: Inngest.Like = plain;
const opts: ClientOptions = { id: "x", logger: console };
const clientFromOpts = new Inngest(opts);
const userCreated = eventType("user.created", {
  schema: z.object({ id: z.string(), age: z.number().optional() }),
  version: "1",
});
const bare = eventType("bare");
const typed = eventType("typed", { schema: staticSchema<{ a: string }>() });

const chat = channel({
  name: (id: string) => `chat:${id}`,
  topics: { msg: { schema: z.object({ t: z.string() }) } },
});
const fixed = channel({ name: "fixed", topics: { t: { schema: staticSchema<{ a: number }>() } } });
const a = inngest.createFunction(
  { id: "a", triggers: [userCreated, { event: "x/y", if: "event.data.a == 1" }, { cron: "* * * * *" }] },
  async ({ event, events, step, db, n, runId, attempt, maxAttempts, defer }) => {
    const found = db.find("1");
    const m: number = n;
    if (event.name === "user.created") {
      const id: string = event.data.id;
    }
    const r = await step.run("one", () => ({ at: new Date(), u: undefined as string | undefined, n: 1 }));
    const at: string = r.at;
    const s: string | undefined = r.u;
    const v = await step.run({ id: "two", name: "Two" }, (x: number, y: string) => x + y, 1, "b");
    await step.sleep("s", "1h");
    await step.sleep("s", 1000);
    await step.sleepUntil("u", new Date());
    await step.sleepUntil("u", "2030-01-01");
    const w = await step.waitForEvent("w", {
      event: userCreated,
      timeout: "1d",
      if: "async.data.id == event.data.id",
    });
    if (w) {
      const id: string = w.data.id;
    }
    const w2 = await step.waitForEvent("w2", { event: "other", timeout: 1000, match: "data.id" });
    if (w2) {
      w2.data.whatever;
    }
    await step.sendEvent("e", { name: "x", data: { a: 1 } });
    const { ids } = await step.sendEvent("e", [{ name: "x", data: {} }, userCreated.create({ id: "1" })]);
    const first: string = ids[0] ?? "";
    const sig = await step.waitForSignal<{ ok: boolean }>("sg", {
      signal: "a",
      timeout: "1m",
      onConflict: "replace",
    });
    await step.sendSignal("ss", { signal: "a", data: { a: 1 } });
    const c = await step.ai.infer("ai", {
      model: step.ai.models.openai({ model: "gpt-4o" }),
      body: { messages: [{ role: "user", content: "hi" }] },
    });
    const text: string | null | undefined = c.choices[0]?.message.content as string | null | undefined;
    const wrapped = await step.ai.wrap("wr", async (p: { q: string }) => ({ t: p.q }), { q: "x" });
    wrapped.t.toUpperCase();
    const res = await step.fetch("https://example.com", { method: "POST" });
    const out = await step.invoke("inv", { function: b, data: { id: "1" } });
    const num: number = out.total;
    const ref = await step.invoke("ref", {
      function: referenceFunction<typeof b>({ functionId: "b", appId: "shop" }),
      data: { id: "x" },
      timeout: "1m",
    });
    ref.total.toFixed();
    const ref2 = await step.invoke("ref2", {
      function: referenceFunction({
        functionId: "b",
        schemas: { data: z.object({ q: z.string() }), return: z.object({ r: z.number() }) },
      }),
      data: { q: "" },
    });
    ref2.r.toFixed();
    await step.realtime.publish("pub", chat("1").msg, { t: "x" });
    return { total: 1, at: new Date() };
  },
);
const grouped = inngest.createFunction(
  { id: "grouped", triggers: { event: "g" } },
  async ({ step, group, logger }) => {
    const par = await group.parallel(async () =>
      Promise.race([step.run("p", () => 1), step.run("q", () => 2)]),
    );
    const ex = await group.experiment("ex", {
      variants: { x: () => step.run("x", () => "x"), y: () => step.run("y", () => "y") },
      select: experiment.weighted({ x: 50, y: 50 }),
    });
    logger.info("hi", { a: 1 });
    logger.error({ a: 1 }, "x");
    try {
      await step.run("z", () => {
        throw new NonRetriableError("no", { cause: new Error("x") });
      });
    } catch (e) {
      if (e instanceof StepError) {
        e.stepId;
        e.name;
        e.message;
        e.cause;
      }
    }
  },
);
const b = plain.createFunction(
  {
    id: "b",
    name: "B",
    triggers: invoke(z.object({ id: z.string() })),
    retries: 3,
    concurrency: [{ limit: 1, key: "event.data.id", scope: "fn" }],
    throttle: { limit: 1, period: "1m", burst: 2 },
    rateLimit: { limit: 1, period: "1h", key: "x" },
    debounce: { period: "5s", timeout: "1m" },
    priority: { run: "1" },
    idempotency: "event.data.id",
    cancelOn: [
      { event: "c", if: "true", timeout: "1h" },
      { event: userCreated, match: "data.id" },
    ],
    timeouts: { start: "1m", finish: "1h" },
    singleton: { mode: "skip", key: "a" },
    onFailure: async ({ event, error, step, logger }) => {
      const orig = event.data.event;
      error.message;
      event.data.function_id;
      await step.run("x", () => 1);
    },
  },
  async ({ event }) => {
    const id: string = event.data.id;
    return { total: 2 };
  },
);
const cronFn = plain.createFunction(
  { id: "c", triggers: cron("TZ=Europe/Paris 0 12 * * 5"), batchEvents: undefined },
  async ({ event }) => {
    event.name;
  },
);
const one = plain.createFunction(
  {
    id: "one",
    triggers: { event: "demo/a" },
    batchEvents: { maxSize: 10, timeout: "5s", key: "event.data.a" },
  },
  async ({ events, step }) => {
    for (const e of events) e.data.anything;
  },
);
const failed = plain.createFunction(
  { id: "f", triggers: { event: internalEvents.FunctionFailed } },
  async ({ event }) => {
    event.data.error.message;
    event.data.run_id;
    event.data.event;
  },
);
const finished = plain.createFunction(
  { id: "f2", triggers: { event: "inngest/function.finished" } },
  async ({ event }) => {
    event.data.function_id;
  },
);
const noTrigger = plain.createFunction({ id: "nt" }, async ({ event }) => {
  event.data;
});

export {
  a,
  anyClient,
  b,
  bare,
  chat,
  clientFromOpts,
  cronFn,
  failed,
  finished,
  fixed,
  grouped,
  inngest,
  like,
  noTrigger,
  one,
  plain,
  typed,
  userCreated,
};
