/* Checked by types.test.ts: every line must compile, and every marked one must not. */
import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  createDefer,
  createScorer,
  metadataMiddleware,
  type ScorerResult,
  scoreMiddleware,
} from "../../src/experimental.ts";
import {
  type Context,
  cron,
  dependencyInjectionMiddleware,
  eventType,
  experiment,
  fetch,
  type GetFunctionInput,
  type GetFunctionOutput,
  type GetStepTools,
  Inngest,
  invoke,
  type Jsonify,
  type Logger,
  Middleware,
  openai,
  referenceFunction,
  type StepPromise,
  type StepTools,
  staticSchema,
  type UndoableStepPromise,
} from "../../src/index.ts";

const client = new Inngest({ id: "app" });
const placed = eventType("order/placed", { schema: z.object({ id: z.string(), total: z.number() }) });
const paid = eventType("order/paid", { schema: staticSchema<{ id: string; by: "card" | "cash" }>() });

// Both forms; undeclared data are read without a cast.
client.createFunction({ id: "v3" }, { event: "a/b" }, async ({ event }) => {
  expectTypeOf(event.name).toEqualTypeOf<"a/b">();
  expectTypeOf(event.data.deep.er).toBeAny();
});
client.createFunction({ id: "v4", triggers: { event: "a/b" } }, async ({ event }) => {
  expectTypeOf(event.name).toEqualTypeOf<"a/b">();
});
client.createFunction(
  { id: "list" },
  [{ event: "a" }, { event: "b", if: "event.data.x" }, { cron: "0 9 * * *" }],
  async ({ event }) => {
    expectTypeOf(event.name).toEqualTypeOf<"a" | "b" | "inngest/scheduled.timer">();
    if (event.name === "inngest/scheduled.timer") expectTypeOf(event.data.cron).toBeString();
    else expectTypeOf(event.data.whatever).toBeAny();
  },
);
client.createFunction({ id: "bare" }, async ({ event, attempt, runId }) => {
  expectTypeOf(event.data.x).toBeAny();
  expectTypeOf(attempt).toBeNumber();
  expectTypeOf(runId).toBeString();
});
client.createFunction({ id: "wildcard", triggers: { event: "order/*" } }, ({ event }) => {
  expectTypeOf(event.name).toBeString();
});
// @ts-expect-error a handler is needed
client.createFunction({ id: "none" });
// @ts-expect-error retries are a number
client.createFunction({ id: "retries", retries: "4" }, { event: "a" }, () => {});

// Event types.
const typed = client.createFunction(
  { id: "typed", triggers: [placed, { event: paid, if: "event.data.by == 'card'" }] },
  async ({ event, events }) => {
    expectTypeOf(event.name).toEqualTypeOf<"order/placed" | "order/paid">();
    expectTypeOf(events[0]).toEqualTypeOf(event);
    if (event.name === "order/placed")
      expectTypeOf(event.data).toEqualTypeOf<{ id: string; total: number }>();
    else expectTypeOf(event.data.by).toEqualTypeOf<"card" | "cash">();
    return { at: new Date(), id: event.data.id };
  },
);
expectTypeOf<GetFunctionOutput<typeof typed>>().toEqualTypeOf<{ at: string; id: string }>();
expectTypeOf<GetFunctionInput<typeof typed>["event"]["name"]>().toEqualTypeOf<
  "order/placed" | "order/paid"
>();
expectTypeOf<GetStepTools<typeof client>>().toEqualTypeOf<StepTools>();
client.createFunction({ id: "cron", triggers: cron("0 9 * * 1") }, ({ event }) => {
  expectTypeOf(event.data).toEqualTypeOf<{ cron: string }>();
});
void client.send(placed.create({ id: "1", total: 2 }));
// @ts-expect-error total is a number
placed.create({ id: "1", total: "2" });

// Steps.
client.createFunction({ id: "steps" }, { event: "a" }, async ({ step, event }) => {
  expectTypeOf(step.run("x", () => 1)).toEqualTypeOf<UndoableStepPromise<number>>();
  const undoable = step.run("x", () => ({ id: "ch_1", at: new Date() }));
  const undone = undoable.rollback((output, { attempt, idempotencyKey }) => {
    expectTypeOf(output).toEqualTypeOf<{ id: string; at: string }>();
    expectTypeOf(attempt).toBeNumber();
    expectTypeOf(idempotencyKey).toBeString();
  });
  expectTypeOf(undone).toEqualTypeOf<StepPromise<{ id: string; at: string }>>();
  // @ts-expect-error a sleep does nothing that could be undone
  step.sleep("x", 1).rollback(() => {});
  // @ts-expect-error the output is no number
  void step.run("x", () => "text").rollback((output: number) => output);
  expectTypeOf(
    await step.run("x", async () => ({ at: new Date(), n: 1 as number | undefined, f: () => 1 })),
  ).toEqualTypeOf<{
    at: string;
    n: number | undefined;
  }>();
  expectTypeOf(await step.run("x", () => {})).toEqualTypeOf<null>();
  expectTypeOf(
    await step.run("x", async ({ attempt, signal, idempotencyKey }) => ({
      attempt,
      aborted: signal.aborted,
      idempotencyKey,
    })),
  ).toEqualTypeOf<{
    attempt: number;
    aborted: boolean;
    idempotencyKey: string;
  }>();
  // biome-ignore lint/correctness/noEmptyPattern: users' documents print it so.
  await step.run("x", async ({}) => {});
  expectTypeOf(await step.run("add", (a: number, b: number) => a + b, 1, 2)).toBeNumber();
  // @ts-expect-error b is a number
  step.run("add", (a: number, b: number) => a + b, 1, "2");
  expectTypeOf(await step.run("x", () => 1).catch()).toEqualTypeOf<number | undefined>();
  expectTypeOf(await step.run("x", () => 1).catch((error) => String(error))).toEqualTypeOf<number | string>();
  expectTypeOf(await step.run("any", () => event.data.thing)).toBeAny();
  expectTypeOf(await step.ai.wrap("ai", async (prompt: string) => prompt.length, "hi")).toBeNumber();
  expectTypeOf(await step.sleep("x", "1h30m")).toEqualTypeOf<void>();
  await step.sleepUntil("x", event.data.remindAt);
  const reply = await step.waitForEvent("x", { event: "reply", timeout: "1h" });
  expectTypeOf(reply?.data.x).toBeAny();
  expectTypeOf(reply).toBeNullable();
  const payment = await step.waitForEvent("x", { event: paid, timeout: "1h" });
  expectTypeOf(payment?.data.by).toEqualTypeOf<"card" | "cash" | undefined>();
  expectTypeOf((await step.sendEvent("x", [{ name: "a", data: {} }])).ids).toEqualTypeOf<string[]>();
  expectTypeOf((await step.sendSignal("x", { signal: "s" })).runId).toEqualTypeOf<string | undefined>();
  let imageURL: string | null = null;
  imageURL = await step.run("void", () => {
    // nothing yet
  });
  return imageURL;
});

// Invocation.
const square = client.createFunction(
  { id: "square", triggers: invoke(z.object({ n: z.number() })) },
  ({ event }) => {
    expectTypeOf(event.data).toEqualTypeOf<{ n: number }>();
    return event.data.n ** 2;
  },
);
client.createFunction({ id: "caller" }, { event: "a" }, async ({ step }) => {
  expectTypeOf(await step.invoke("x", { function: square, data: { n: 2 } })).toBeNumber();
  // @ts-expect-error n is a number
  step.invoke("x", { function: square, data: { n: "2" } });
  const reference = referenceFunction<typeof square>({ functionId: "square", appId: "other" });
  expectTypeOf(await step.invoke("x", { function: reference, data: { n: 2 } })).toBeNumber();
  const loose = referenceFunction({
    functionId: "x",
    schemas: { data: z.object({ a: z.string() }), return: z.boolean() },
  });
  expectTypeOf(await step.invoke("x", { function: loose, data: { a: "1" } })).toBeBoolean();
  expectTypeOf(await step.invoke("x", { function: typed })).toEqualTypeOf<{ at: string; id: string }>();
});

// Failure handlers.
client.createFunction(
  {
    id: "fails",
    triggers: placed,
    onFailure: ({ error, event, step }) => {
      expectTypeOf(error).toEqualTypeOf<Error>();
      expectTypeOf(event.data.event.data.total).toBeNumber();
      return step.run("tell", () => event.data.run_id);
    },
  },
  () => {},
);

// Deferred functions.
const refund = createDefer(
  client,
  { id: "refund", schema: z.object({ chargeId: z.string() }) },
  async ({ event, parents }) => {
    expectTypeOf(event.data.chargeId).toBeString();
    expectTypeOf(parents[0]?.runId).toEqualTypeOf<string | undefined>();
  },
);
client.createFunction({ id: "defers", triggers: { event: "a" } }, async ({ defer }) => {
  const handle = defer("x", { function: refund, data: { chargeId: "c" }, when: "failure" });
  handle.cancel();
  handle.abort();
  // @ts-expect-error chargeId is a string
  defer("y", { function: refund, data: { chargeId: 1 } });
  // @ts-expect-error only deferred functions
  defer("z", { function: square, data: {} });
});

// A library that takes a fetch takes this one.
new Inngest({ id: "with-fetch", fetch });
expectTypeOf(fetch.config({ fallback: globalThis.fetch })).toEqualTypeOf(fetch);

// Models say what they take and give.
client.createFunction({ id: "asks" }, { event: "a" }, async ({ step }) => {
  const model = openai({ model: "gpt-4o" });
  const messages = [{ role: "user" as const, content: "hi" }];
  const answer = await step.ai.infer("x", { model, body: { messages } });
  expectTypeOf(answer.choices[0]?.message.role).toEqualTypeOf<string | undefined>();
  expectTypeOf(step.ai.models.openai).toEqualTypeOf(openai);
  // @ts-expect-error messages are a list
  step.ai.infer("y", { model, body: { messages: 1 } });
});

// Metadata and scores.
const noting = new Inngest({ id: "noting", middleware: [metadataMiddleware(), scoreMiddleware()] });
noting.createFunction({ id: "notes" }, { event: "a" }, async ({ step, event }) => {
  expectTypeOf(event.name).toEqualTypeOf<"a">();
  expectTypeOf(await step.run("x", () => 1)).toBeNumber();
  await step.metadata("m").run().step("s", 1).attempt(0).set({ a: 1 }, "kind");
  await step.metadata({ id: "n", name: "Notes" }).do(async (metadata) => metadata.set({ a: 1 }));
  expectTypeOf(await step.score("s", { name: "quality", value: true })).toEqualTypeOf<void>();
  // @ts-expect-error a score is a number or a boolean
  step.score("t", { name: "quality", value: "good" });
  // @ts-expect-error the step was named
  noting.metadata.step("s").run("r");
});
client.createFunction({ id: "quiet" }, { event: "a" }, async ({ step }) => {
  // @ts-expect-error needs the middleware
  step.metadata("m");
});
const judge = createScorer(
  client,
  { id: "judge", schema: z.object({ n: z.number() }) },
  ({ event, parents }) => {
    expectTypeOf(event.data.n).toBeNumber();
    return { name: "n", value: event.data.n, runId: parents[0]?.runId ?? "" };
  },
);
expectTypeOf<ScorerResult>().toExtend<{ name: string; value: number | boolean } | null | undefined>();
client.createFunction({ id: "tries" }, { event: "a" }, async ({ step, group, defer }) => {
  const { experimentRef, result } = await group.experiment("ex", {
    variants: { a: () => step.run("va", () => 1), b: () => step.run("vb", () => 2) },
    select: experiment.weighted({ a: 1, b: 2 }),
  });
  expectTypeOf(result).toBeNumber();
  defer("judge", { function: judge, data: { n: 1 }, experiment: experimentRef });
  await client.score.experiment({ name: "n", value: 1, experiment: experimentRef });
});

// Middleware adds to the context.
class Timing extends Middleware.BaseMiddleware {
  readonly id = "timing";

  override transformSendEvent(args: Middleware.TransformSendEventArgs) {
    return { ...args, events: args.events.map((event) => ({ ...event, v: "1" })) };
  }

  override async wrapStep({ next, stepInfo }: Middleware.WrapStepArgs): Promise<unknown> {
    expectTypeOf(stepInfo.memoized).toBeBoolean();
    return next();
  }

  override onStepError({ error, isFinalAttempt }: Middleware.OnStepErrorArgs): void {
    expectTypeOf(error).toEqualTypeOf<Error>();
    expectTypeOf(isFinalAttempt).toBeBoolean();
  }
}
expectTypeOf(Timing).toExtend<Middleware.Class>();
const injected = new Inngest({
  id: "di",
  middleware: [Timing, dependencyInjectionMiddleware({ db: { find: (id: string) => id } })],
});
injected.createFunction({ id: "uses" }, { event: "a" }, ({ db, logger, event }) => {
  expectTypeOf(db.find).toEqualTypeOf<(id: string) => string>();
  expectTypeOf(logger).toExtend<Logger>();
  expectTypeOf(event.name).toEqualTypeOf<"a">();
});

// A handler written apart from its function.
const apart = async ({ event }: Context<{ event: "a" }>) => event.data.x;
client.createFunction({ id: "apart" }, { event: "a" }, apart);

// JSON.
expectTypeOf<Jsonify<{ a?: Date; b: Map<string, number>; c: bigint[]; d: [1, undefined] }>>().toEqualTypeOf<{
  a?: string;
  b: Record<string, never>;
  c: never[];
  d: [1, null];
}>();
expectTypeOf<Jsonify<unknown>>().toBeUnknown();
expectTypeOf<Jsonify<string | Date | undefined>>().toEqualTypeOf<string | null>();
interface Row {
  id: number;
  tags: readonly string[];
}
expectTypeOf<Jsonify<Row[]>>().toEqualTypeOf<{ id: number; tags: readonly string[] }[]>();
