import { describe, expect, it } from "vitest";
import type { StepContext } from "../../src/index.ts";
import { deferred, hash, newClient, RUN_ID, settled, start } from "./fake-host.ts";

const client = newClient();
const trigger = { event: "test/happened" };

describe("steps in an inline call", () => {
  it("runs, reports and completes", async () => {
    const fn = client.createFunction({ id: "two" }, trigger, async ({ step }) => {
      const one = await step.run("one", () => 1);
      const two = await step.run("two", async () => ({ value: one + 1 }));
      return { sum: one + two.value };
    });
    const { host, session } = start(fn);
    expect(await session.answer).toEqual({ kind: "complete", output: { sum: 3 }, version: 2 });
    expect(host.reports.map((ops) => ops.map((op) => [op.op, op.id, op.name, op.data]))).toEqual([
      [["StepRun", hash("one"), "one", 1]],
      [["StepRun", hash("two"), "two", { value: 2 }]],
    ]);
    expect(host.ops[0]).toMatchObject({ displayName: "one", opts: {}, userland: { id: "one" }, attempt: 0 });
    expect(host.ops[0]?.timing?.a).toBeGreaterThan(1e18);
  });

  it("lets user code go on at once, and starts the next body only when the last result is durable", async () => {
    const log: string[] = [];
    const fn = client.createFunction({ id: "speculate" }, trigger, async ({ step }) => {
      await step.run("one", () => log.push("body one"));
      log.push("between");
      await step.run("two", () => log.push("body two"));
    });
    const { host, session } = start(fn, { manual: true });
    await host.reported(1);
    await settled();
    expect(log).toEqual(["body one", "between"]);
    host.acknowledge();
    await host.reported(2);
    expect(log).toEqual(["body one", "between", "body two"]);
    // The last step's report is still on its way: it shares its commit with the end.
    expect(await session.answer).toMatchObject({ kind: "complete" });
  });

  it("starts a new body only after all earlier reports, also when they become durable out of order", async () => {
    const gates = { slow: deferred<void>(), quick: deferred<void>() };
    const started: string[] = [];
    const fn = client.createFunction({ id: "order" }, trigger, async ({ step }) => {
      const slow = step.run("slow", () => gates.slow.promise);
      await step.run("quick", () => gates.quick.promise);
      await step.run("after", () => started.push("after"));
      await slow;
    });
    const { host, session } = start(fn, { manual: true });
    await settled();
    gates.slow.resolve();
    await host.reported(1);
    gates.quick.resolve();
    await host.reported(2);
    host.acknowledge(1);
    await settled();
    expect(started).toEqual([]);
    host.acknowledge(0);
    await host.reported(3);
    expect(started).toEqual(["after"]);
    expect(await session.answer).toMatchObject({ kind: "complete" });
  });

  it("runs parallel steps together and reports those that end together in one go", async () => {
    const running = new Set<string>();
    let most = 0;
    const body = (id: string) => async () => {
      running.add(id);
      most = Math.max(most, running.size);
      await settled();
      running.delete(id);
      return id;
    };
    const fn = client.createFunction({ id: "parallel" }, trigger, ({ step }) =>
      Promise.all(["a", "b", "c"].map((id) => step.run(id, body(id)))),
    );
    expect(await start(fn).session.answer).toMatchObject({ output: ["a", "b", "c"] });
    expect(most).toBe(3);

    const quick = client.createFunction({ id: "quick" }, trigger, ({ step }) =>
      Promise.all(Array.from({ length: 100 }, (_, i) => step.run(`s${i}`, () => i))),
    );
    const { host, session } = start(quick);
    await session.answer;
    expect(host.reports.map((ops) => ops.length)).toEqual([100]);
  });

  it("gives results as JSON has them", async () => {
    const shared = { list: [1] };
    const fn = client.createFunction({ id: "json" }, trigger, async ({ step }) => {
      const nothing = await step.run("nothing", () => undefined);
      const when = await step.run("date", () => new Date(0));
      const copy = await step.run("shared", () => shared);
      copy.list.push(2);
      const number = await step.run("nan", () => Number.NaN);
      return { nothing, when, number };
    });
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({
      output: { nothing: null, when: "1970-01-01T00:00:00.000Z", number: null },
    });
    expect(host.ops.map((op) => op.data)).toEqual([null, "1970-01-01T00:00:00.000Z", { list: [1] }, null]);
    expect(shared).toEqual({ list: [1] });
  });

  it("refuses a result without a JSON form, for good and with the step's name", async () => {
    const fn = client.createFunction({ id: "bigint" }, trigger, ({ step }) =>
      step.run("big", () => 1n as never),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ kind: "error", noRetry: true });
    expect(host.ops[0]).toMatchObject({ op: "StepFailed" });
    expect(host.ops[0]?.error?.message).toContain('step "big" of function "bigint" cannot be stored');
  });

  it("hands input arguments to the body and records them", async () => {
    const fn = client.createFunction({ id: "input" }, trigger, ({ step }) =>
      step.run("add", (a: number, b: number) => a + b, 2, 3),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ output: 5 });
    expect(host.ops[0]?.opts).toEqual({ input: [2, 3] });
  });

  it("runs a step with the input that replaces its own", async () => {
    const fn = client.createFunction({ id: "edited" }, trigger, ({ step }) =>
      step.run("add", (a: number, b: number) => a + b, 2, 3),
    );
    const { session } = start(fn, { steps: { [hash("add")]: { input: [20, 30] } }, stack: [] });
    expect(await session.answer).toMatchObject({ output: 50 });
  });

  it("gives a body without input a context with a key that is stable over attempts", async () => {
    const contexts: StepContext[] = [];
    const fn = client.createFunction({ id: "context" }, trigger, async ({ step }) => {
      await step.run("other", async ({ signal }) => signal.aborted);
      await step.run("key", (context) => {
        contexts.push(context);
        if (context.attempt === 0) throw new Error("once more");
      });
    });
    const first = start(fn);
    await first.session.answer;
    const second = start(fn, {
      steps: { [hash("other")]: { data: null } },
      pending: { [hash("key")]: { state: "run", attempt: 1 } },
    });
    expect(await second.session.answer).toMatchObject({ kind: "complete" });
    expect(contexts.map((context) => context.attempt)).toEqual([0, 1]);
    expect(contexts.map((context) => context.idempotencyKey)).toEqual(
      Array(2).fill(`${RUN_ID}:${hash("key")}`),
    );
    expect(contexts[1]?.signal).toBe(second.host.signal);
  });

  it("counts uses of an id, and never lets a written id meet a counted one", async () => {
    const ids = async (code: (run: (id: string) => Promise<unknown>) => Promise<unknown>) => {
      const fn = client.createFunction({ id: "ids" }, trigger, ({ step }) =>
        code((id) => step.run(id, () => id)),
      );
      const { host, session } = start(fn);
      await session.answer;
      return host.ops.map((op) => [op.id, op.userland]);
    };
    const expected = [
      [hash("a"), { id: "a" }],
      [hash("a:1"), { id: "a:1" }],
      [hash("a", 2), { id: "a", index: 2 }],
    ];
    expect(await ids((run) => Promise.all([run("a"), run("a:1"), run("a")]))).toEqual(expected);
    expect(await ids(async (run) => [await run("a"), await run("a:1"), await run("a")])).toEqual(expected);
    expect(await ids(async (run) => [await run("a"), await run("a"), await run("a:1")])).toEqual([
      [hash("a"), { id: "a" }],
      [hash("a", 1), { id: "a", index: 1 }],
      [hash("a:1", 1), { id: "a:1", index: 1 }],
    ]);
  });

  it("waits for steps that nobody awaits, and for those that follow them", async () => {
    const done: string[] = [];
    const fn = client.createFunction({ id: "unawaited" }, trigger, async ({ step }) => {
      step
        .run("first", async () => done.push("first"))
        .then(() => step.run("second", () => done.push("second")));
      return "returned";
    });
    const { session } = start(fn);
    expect(await session.answer).toMatchObject({ kind: "complete", output: "returned" });
    expect(done).toEqual(["first", "second"]);
  });

  it("allows awaits of other things between steps", async () => {
    const fn = client.createFunction({ id: "between" }, trigger, async ({ step }) => {
      const one = await step.run("one", () => 1);
      await settled();
      return one + (await step.run("two", () => 2));
    });
    expect(await start(fn).session.answer).toMatchObject({ output: 3 });
  });
});
