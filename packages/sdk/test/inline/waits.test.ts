import { describe, expect, it } from "vitest";
import { eventType, StepError, staticSchema } from "../../src/index.ts";
import { deferred, hash, newClient, settled, start } from "./fake-host.ts";

const client = newClient();
const trigger = { event: "test/happened" };

describe("waits in an inline call", () => {
  it("answers with the wait once nothing else is left to do", async () => {
    const fn = client.createFunction({ id: "sleeper" }, trigger, async ({ step }) => {
      await step.sleep("nap", "1h30m");
      return "woke";
    });
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({
      kind: "ops",
      ops: [{ id: hash("nap"), op: "Sleep", name: "1h30m", displayName: "nap" }],
    });
    expect(host.reports).toEqual([]);
    const later = start(fn, { steps: { [hash("nap")]: null } });
    expect(await later.session.answer).toMatchObject({ kind: "complete", output: "woke" });
  });

  it("reports waits before a body found with them starts, in whatever order the code has them", async () => {
    const started: string[] = [];
    const fn = client.createFunction({ id: "ask-and-wait" }, trigger, async ({ step }) => {
      await Promise.all([
        step.run("ask", () => started.push("ask")),
        step.waitForEvent("reply", { event: "reply", timeout: "1h" }),
      ]);
    });
    const { host, session } = start(fn, { manual: true });
    await host.reported(1);
    await settled();
    expect(host.ops.map((op) => op.op)).toEqual(["WaitForEvent"]);
    expect(started).toEqual([]);
    host.acknowledge();
    await host.reported(2);
    expect(started).toEqual(["ask"]);
    await settled();
    let answered = false;
    session.answer.then(() => {
      answered = true;
    });
    await settled();
    expect(answered).toBe(false);
    host.acknowledge();
    expect(await session.answer).toEqual({ kind: "ops", ops: [], version: 2 });
  });

  it("reports a wait at once while something runs", async () => {
    const gate = deferred<void>();
    const fn = client.createFunction({ id: "busy" }, trigger, async ({ step }) => {
      const slow = step.run("slow", () => gate.promise);
      await settled();
      await Promise.all([slow, step.sleep("nap", 1000)]);
    });
    const { host, session } = start(fn);
    await host.reported(1);
    expect(host.ops).toMatchObject([{ op: "Sleep", name: "1s" }]);
    gate.resolve();
    expect(await session.answer).toMatchObject({ kind: "ops", ops: [] });
  });

  it("does not report again what the engine holds", async () => {
    const fn = client.createFunction({ id: "held" }, trigger, ({ step }) => step.sleep("nap", "1d"));
    const { host, session } = start(fn, { pending: { [hash("nap")]: { state: "hold", attempt: 0 } } });
    expect(await session.answer).toMatchObject({ kind: "ops", ops: [] });
    expect(host.reports).toEqual([]);
  });

  it("goes on when the engine settles what the running call waits for", async () => {
    const gate = deferred<string>();
    const fn = client.createFunction({ id: "pushed" }, trigger, ({ step }) =>
      Promise.all([
        step.run("slow", () => gate.promise),
        step
          .waitForEvent("reply", { event: "reply", timeout: "1h" })
          .then((reply) => step.run("use", () => reply?.data.n)),
      ]),
    );
    const { host, session } = start(fn);
    await host.reported(1);
    session.settle(hash("reply"), { name: "reply", data: { n: 7 }, user: {}, id: "e", ts: 1 });
    await host.reported(2);
    expect(host.ops[1]).toMatchObject({ op: "StepRun", name: "use", data: 7 });
    gate.resolve("done");
    expect(await session.answer).toMatchObject({ kind: "complete", output: ["done", 7] });
  });

  it("takes a result for a step that the code has not reached yet", async () => {
    const gate = deferred<void>();
    const fn = client.createFunction({ id: "early" }, trigger, async ({ step }) => {
      await step.run("slow", () => gate.promise);
      await step.sleep("nap", "1h");
      return "woke";
    });
    const { session } = start(fn, { pending: { [hash("nap")]: { state: "hold", attempt: 0 } } });
    await settled();
    session.settle(hash("nap"), null);
    gate.resolve();
    expect(await session.answer).toMatchObject({ kind: "complete", output: "woke" });
  });

  it("lets the engine's order decide between a finished body and news from outside", async () => {
    const gate = deferred<string>();
    const fn = client.createFunction({ id: "race" }, trigger, ({ step }) =>
      Promise.race([step.run("work", () => gate.promise), step.sleep("timeout", "1m").then(() => "timeout")]),
    );
    const { host, session } = start(fn, { manual: true });
    await host.reported(1);
    host.acknowledge();
    await settled();
    gate.resolve("work");
    await host.reported(2);
    await settled();
    // The timer came first at the engine, although the body had already ended here.
    session.settle(hash("timeout"), null);
    await settled();
    host.acknowledge();
    expect(await session.answer).toMatchObject({ kind: "complete", output: "timeout" });
  });

  it("ends a function whose race was lost by a wait", async () => {
    const fn = client.createFunction({ id: "won" }, trigger, ({ step }) =>
      Promise.race([step.run("work", () => "work"), step.sleep("timeout", "1d").then(() => "timeout")]),
    );
    expect(await start(fn).session.answer).toMatchObject({ kind: "complete", output: "work" });
  });

  it("writes the ops of every kind of wait", async () => {
    const paid = eventType("order/paid", { schema: staticSchema<{ id: string }>() });
    const other = client.createFunction({ id: "other" }, trigger, () => 1);
    const fn = client.createFunction({ id: "kinds" }, trigger, ({ step }) =>
      Promise.all([
        step.sleepUntil("until", new Date("2030-01-02T03:04:05Z")),
        step.waitForEvent("paid", { event: paid, timeout: "7d", match: "data.id" }),
        step.waitForEvent("if", { event: "x", timeout: "2030-01-01T00:00:00Z", if: "async.data.ok" }),
        step.waitForSignal("signal", { signal: "task-1", timeout: 3_600_000, onConflict: "replace" }),
        step.invoke("invoke", { function: other, data: { n: 4 }, timeout: "1h" }),
      ]),
    );
    const { session } = start(fn);
    expect(await session.answer).toMatchObject({
      ops: [
        { op: "Sleep", name: "2030-01-02T03:04:05.000Z", opts: {} },
        {
          op: "WaitForEvent",
          name: "order/paid",
          opts: { timeout: "1w", if: "event.data.id == async.data.id" },
        },
        { op: "WaitForEvent", name: "x", opts: { timeout: "2030-01-01T00:00:00.000Z", if: "async.data.ok" } },
        {
          op: "WaitForSignal",
          name: "task-1",
          opts: { signal: "task-1", timeout: "1h", conflict: "replace" },
        },
        {
          op: "InvokeFunction",
          opts: { function_id: "app-other", payload: { data: { n: 4 } }, timeout: "1h" },
        },
      ],
    });
    const answer = await session.answer;
    expect(answer.kind === "ops" && "name" in (answer.ops[4] ?? {})).toBe(false);
  });

  it("rejects an awaited event that does not fit its type", async () => {
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (value: unknown) =>
          typeof (value as { n?: unknown }).n === "number"
            ? { value: value as { n: number } }
            : { issues: [{ message: "not a number", path: ["n"] }] },
      },
    };
    const fn = client.createFunction({ id: "typed" }, trigger, async ({ step }) => {
      try {
        return await step.waitForEvent("wait", { event: eventType("x", { schema }), timeout: "1h" });
      } catch (error) {
        return error instanceof StepError ? [error.stepId, error.name, error.message] : "another error";
      }
    });
    const reply = { name: "x", data: { n: "1" }, user: {}, id: "e", ts: 1 };
    expect(await start(fn, { steps: { [hash("wait")]: reply } }).session.answer).toMatchObject({
      output: ["wait", "EventValidationError", 'Event "x" does not fit its schema: n: not a number'],
    });
    expect(await start(fn, { steps: { [hash("wait")]: null } }).session.answer).toMatchObject({
      output: null,
    });
  });

  it("takes what is left of a time that has passed for nothing", async () => {
    const fn = client.createFunction({ id: "late" }, trigger, ({ step }) => step.sleep("x", -60_000));
    const answer = await start(fn).session.answer;
    expect(answer).toMatchObject({ kind: "ops", ops: [{ op: "Sleep", name: "0s" }] });
  });

  it("refuses durations and moments that are none, before anything is recorded", async () => {
    const attempt = async (code: (step: never) => unknown) => {
      const fn = client.createFunction({ id: "wrong" }, trigger, async ({ step }) => code(step as never));
      const { host, session } = start(fn);
      const answer = await session.answer;
      expect(host.reports).toEqual([]);
      return answer;
    };
    type Step = { sleep(id: string, t: unknown): unknown; sleepUntil(id: string, t: unknown): unknown };
    for (const wrong of ["soon", "", "-5s", Number.NaN, {}, null]) {
      expect(await attempt((step: Step) => step.sleep("x", wrong))).toMatchObject({
        kind: "error",
        noRetry: true,
        error: { code: "invalid_duration" },
      });
    }
    expect(await attempt((step: Step) => step.sleepUntil("x", "someday"))).toMatchObject({
      error: { code: "invalid_duration" },
    });
  });
});
