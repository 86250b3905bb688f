import { describe, expect, it, vi } from "vitest";
import type { ExecutionOptions } from "../../src/execution/trial/execution.ts";
import { InngestExecutionEngine, ServerTiming } from "../../src/internals.ts";
import { newClient, silentLogger } from "../inline/fake-host.ts";

/* Executions as packages that test functions make them: steps are given by promises, results are read from checkpoints. */

const { hashId } = InngestExecutionEngine._internals;
const event = { name: "a", data: { n: 1 }, id: "e", ts: 1, user: {} };
const client = newClient({ logger: silentLogger });

const fn = client.createFunction({ id: "f", triggers: { event: "a" } }, async ({ event, step }) => {
  const a = await step.run("a", () => event.data.n + 1);
  const [b, c] = await Promise.all([step.run("b", () => a * 2), step.run("c", () => "c")]);
  await step.sleep("nap", "1h");
  return { a, b, c };
});

function execute(options: Partial<ExecutionOptions> = {}, of = fn) {
  return of
    .createExecution({ partialOptions: { runId: "run", data: { event, attempt: 0 }, ...options } })
    .start();
}

function known(results: Record<string, unknown>): NonNullable<ExecutionOptions["stepState"]> {
  const entries = Object.entries(results).map(([id, data]) => [hashId(id), { id: hashId(id), data }]);
  return Object.fromEntries(entries);
}

describe("an execution without a server", () => {
  it("runs the only step it comes to", async () => {
    expect(await execute()).toMatchObject({
      type: "step-ran",
      step: { id: hashId("a"), op: "StepRun", data: 2 },
    });
  });

  it("finds steps that are parallel, and runs the one it is asked for", async () => {
    const stepState = known({ a: 5 });
    expect(await execute({ stepState })).toMatchObject({
      type: "steps-found",
      steps: [
        { id: hashId("b"), op: "StepPlanned" },
        { id: hashId("c"), op: "StepPlanned" },
      ],
    });
    expect(await execute({ stepState, requestedRunStep: hashId("b") })).toMatchObject({
      type: "step-ran",
      step: { id: hashId("b"), data: 10 },
    });
    expect(await execute({ stepState, requestedRunStep: hashId("gone") })).toMatchObject({
      type: "step-not-found",
      step: { id: hashId("gone"), op: "StepNotFound" },
      totalFoundSteps: 2,
    });
  });

  it("finds without running where it is told to, and tells what is waited for", async () => {
    expect(await execute({ disableImmediateExecution: true })).toMatchObject({ type: "steps-found" });
    const stepState = known({ a: 1, b: 2, c: 3 });
    expect(await execute({ stepState })).toMatchObject({
      type: "steps-found",
      steps: [{ id: hashId("nap"), op: "Sleep", name: "1h" }],
    });
    expect(await execute({ stepState, requestedRunStep: hashId("nap") })).toMatchObject({
      type: "function-rejected",
      error: { message: expect.stringContaining('Step "nap" is a wait: give the test a result for it') },
    });
  });

  it("goes to its end, asks for results only where the function comes to their steps, and tells of them", async () => {
    const asked = vi.fn();
    const lazily = (value: unknown) => ({
      // biome-ignore lint/suspicious/noThenProperty: asking is what is counted.
      then: (resolve: (value: unknown) => void) => {
        asked(value);
        resolve(value);
      },
    });
    const stepState = known({
      a: lazily(1),
      b: lazily(2),
      c: lazily("c"),
      nap: lazily(null),
      never: lazily(0),
    });
    const result = await execute({ stepState });
    expect(result).toMatchObject({ type: "function-resolved", data: { a: 1, b: 2, c: "c" } });
    expect(asked.mock.calls).toEqual([[1], [2], ["c"], [null]]);
    expect(Object.keys(result.ops)).toEqual(["a", "b", "c", "nap"].map(hashId));
    expect(await result.ops[hashId("b")]?.promise).toBe(2);
  });

  it("gives the function the failures of its steps", async () => {
    const failing = client.createFunction({ id: "g", triggers: { event: "a" } }, ({ step }) =>
      step.run("a", () => 1).catch((error: Error) => `${error.name}: ${error.message}`),
    );
    const stepState = { [hashId("a")]: { id: hashId("a"), error: { name: "TypeError", message: "no" } } };
    const result = await execute({ stepState }, failing as never);
    expect(result).toMatchObject({ type: "function-resolved", data: "TypeError: no" });
    await expect(result.ops[hashId("a")]?.promise).rejects.toThrow("no");
  });

  it("tells what was thrown, by the function or a step", async () => {
    const throwing = (inStep: boolean) =>
      client.createFunction({ id: "t", triggers: { event: "a" } }, ({ step }) => {
        const fail = () => {
          throw new Error("boom");
        };
        return inStep ? step.run("a", fail) : fail();
      }) as never;
    const error = { name: "Error", message: "boom", __serialized: true };
    expect(await execute({}, throwing(false))).toMatchObject({
      type: "function-rejected",
      retriable: true,
      error,
    });
    expect(await execute({}, throwing(true))).toMatchObject({
      type: "step-ran",
      step: { op: "StepError", error },
    });
  });

  it("gives the handler, and whoever asks, the context as it was changed", async () => {
    const changed = client.createFunction({ id: "c", triggers: { event: "a" } }, ({ event }) => event.data.n);
    const transformCtx = (ctx: { event: object }) => ({ ...ctx, event: { ...ctx.event, data: { n: 7 } } });
    const result = await execute({ transformCtx }, changed as never);
    expect(result).toMatchObject({ type: "function-resolved", data: 7, ctx: { event: { data: { n: 7 } } } });
  });
});

it("tells how long the parts of a request took", async () => {
  const timing = new ServerTiming.ServerTiming(silentLogger);
  await timing.wrap("work", () => 1, "the work");
  timing.append("note", "x");
  expect(timing.getHeader()).toMatch(/^work;desc="the work";dur=[\d.e-]+, note;desc="x"$/);
});
