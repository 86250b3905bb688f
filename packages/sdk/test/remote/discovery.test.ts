import { COMPLETE_OP_ID } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { createDefer } from "../../src/experimental.ts";
import { NonRetriableError, RetryAfterError } from "../../src/index.ts";
import { hash, newClient } from "../inline/fake-host.ts";
import { call, opsOf } from "./remote-call.ts";

const client = newClient();
const trigger = { event: "test/happened" };

describe("a discovery over a network", () => {
  const sequential = client.createFunction({ id: "sequential" }, trigger, async ({ step }) => {
    const a = await step.run("a", () => ({ n: 1 }));
    const b = await step.run("b", () => a.n + 1);
    return { b };
  });

  it("runs the only new step and answers with it", async () => {
    const answer = await call(sequential);
    expect(answer).toMatchObject({ kind: "ops", version: 2 });
    expect(opsOf(answer)).toMatchObject([
      {
        id: "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
        op: "StepRun",
        name: "a",
        displayName: "a",
        opts: {},
        userland: { id: "a" },
        data: { n: 1 },
      },
    ]);
    const next = await call(sequential, { steps: { [hash("a")]: { type: "data", data: { n: 1 } } } });
    expect(opsOf(next)).toMatchObject([{ op: "StepRun", name: "b", data: 2 }]);
  });

  it("answers with the output once all is known", async () => {
    const steps = { [hash("a")]: { data: { n: 1 } }, [hash("b")]: { data: 2 } };
    expect(await call(sequential, { steps })).toEqual({ kind: "complete", output: { b: 2 }, version: 2 });
  });

  it("plans only, where it is told to", async () => {
    expect(opsOf(await call(sequential, { planOnly: true }))).toMatchObject([
      { op: "StepPlanned", id: hash("a"), name: "a", displayName: "a", opts: {}, data: null },
    ]);
  });

  it("plans parallel steps, and tells of them again until they are known", async () => {
    const ran: string[] = [];
    const fn = client.createFunction({ id: "parallel" }, trigger, ({ step }) =>
      Promise.all([
        step.run("a", () => ran.push("a")),
        step.run({ id: "b", parallelMode: "race" }, () => ran.push("b")),
        step.waitForEvent("w", { event: "order/paid", timeout: "7d", if: "async.data.ok" }),
      ]),
    );
    expect(opsOf(await call(fn))).toMatchObject([
      { op: "StepPlanned", name: "a", opts: {} },
      { op: "StepPlanned", name: "b", opts: { parallelMode: "race" } },
      { op: "WaitForEvent", name: "order/paid", opts: { timeout: "1w", if: "async.data.ok" } },
    ]);
    const later = await call(fn, { steps: { [hash("a")]: { data: 1 } }, planOnly: true });
    expect(opsOf(later).map((op) => op.op)).toEqual(["StepPlanned", "WaitForEvent"]);
    expect(ran).toEqual([]);
  });

  it("plans a step in race mode even where it is alone", async () => {
    const fn = client.createFunction({ id: "racer" }, trigger, ({ step }) =>
      step.run({ id: "a", parallelMode: "race" }, () => 1),
    );
    expect(opsOf(await call(fn))).toMatchObject([{ op: "StepPlanned" }]);
  });

  it("reports the only wait", async () => {
    const fn = client.createFunction({ id: "sleeper" }, trigger, ({ step }) => step.sleep("nap", "1d"));
    expect(opsOf(await call(fn))).toMatchObject([{ op: "Sleep", name: "1d", opts: {}, data: null }]);
    expect(await call(fn, { steps: { [hash("nap")]: null } })).toMatchObject({
      kind: "complete",
      output: null,
    });
  });

  it("answers a failed step with its op and whether to try again", async () => {
    const failing = (error: Error) =>
      client.createFunction({ id: "failing" }, trigger, ({ step }) =>
        step.run("x", () => {
          throw error;
        }),
      );
    expect(await call(failing(new Error("no")))).toMatchObject({
      kind: "ops",
      noRetry: false,
      ops: [
        {
          op: "StepError",
          id: hash("x"),
          name: "x",
          error: { name: "Error", message: "no", __serialized: true },
          data: null,
        },
      ],
    });
    expect(await call(failing(new RetryAfterError("later", "90s")))).toMatchObject({
      retryAfter: "90",
      noRetry: false,
    });
    const final = {
      noRetry: true,
      ops: [{ op: "StepFailed", data: { __serialized: true, name: "Error", message: "no", stack: "" } }],
    };
    expect(await call(failing(new Error("no")), { attempt: 4 })).toMatchObject(final);
    expect(await call(failing(new NonRetriableError("never")))).toMatchObject({
      noRetry: true,
      ops: [{ op: "StepFailed", error: { name: "NonRetriableError" } }],
    });
  });

  it("answers a failed function with its error", async () => {
    const failing = (error: Error) =>
      client.createFunction({ id: "failing" }, trigger, () => {
        throw error;
      });
    expect(await call(failing(new Error("no")))).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { message: "no" },
    });
    expect(await call(failing(new NonRetriableError("no")))).toMatchObject({ kind: "error", noRetry: true });
    expect(await call(failing(new RetryAfterError("no", new Date(0))))).toMatchObject({
      retryAfter: "1970-01-01T00:00:00.000Z",
    });
  });

  it("lets a step that nobody awaits run in calls of its own", async () => {
    const fn = client.createFunction({ id: "unawaited" }, trigger, async ({ step }) => {
      step.run("left", () => "done");
      return "returned";
    });
    expect(opsOf(await call(fn))).toMatchObject([{ op: "StepRun", name: "left" }]);
    expect(await call(fn, { steps: { [hash("left")]: { data: "done" } } })).toMatchObject({
      kind: "complete",
    });
  });

  it("ends a function whose race was lost by a wait, telling of the wait first", async () => {
    const fn = client.createFunction({ id: "race" }, trigger, ({ step }) =>
      Promise.race([step.run("work", () => "work"), step.sleep("timeout", "1d")]),
    );
    const answer = await call(fn, { steps: { [hash("work")]: { data: "work" } } });
    expect(opsOf(answer)).toMatchObject([
      { op: "Sleep" },
      { id: COMPLETE_OP_ID, op: "RunComplete", data: "work" },
    ]);
  });

  it("answers in the version it was asked for, or in its own", async () => {
    const old = client.createFunction({ id: "old", optimizeParallelism: false }, trigger, () => 1);
    expect(await call(sequential, { version: 1 })).toMatchObject({ version: 1 });
    expect(await call(old, { version: -1 })).toMatchObject({ version: 1 });
    expect(await call(old, { version: 2 })).toMatchObject({ version: 2 });
  });

  it("in production a defer with wrong data is logged and schedules nothing: it ends no run", async () => {
    const errors: string[] = [];
    const error = (text: string) => errors.push(text);
    const live = newClient({ isDev: false, logger: { debug() {}, info() {}, warn() {}, error } });
    const cleanup = createDefer(live, { id: "cleanup" }, async () => {});
    const fn = live.createFunction({ id: "wrong" }, trigger, async ({ defer }) => {
      defer("bad", { function: cleanup, data: { n: 7n } } as never).cancel();
      defer("good", { function: cleanup, data: { n: 1 } });
      return "done";
    });
    const ops = opsOf(await call(fn));
    expect(ops.map(({ op, name }) => `${op} ${name}`)).toEqual([
      "DeferAdd good",
      expect.stringMatching(/^RunComplete/),
    ]);
    expect(errors).toEqual([expect.stringMatching(/defer\("bad"\).*nothing was scheduled/)]);
  });

  it("carries lazy ops in front of a step, of the end, and of a failure", async () => {
    const cleanup = createDefer(client, { id: "cleanup" }, async () => {});
    const fn = client.createFunction({ id: "defers" }, trigger, async ({ step, defer, event }) => {
      defer("d1", { function: cleanup, data: { n: 1 } });
      if (event.data.fail) throw new NonRetriableError("no");
      if (event.data.step) await step.run("x", () => 1);
      return { ok: 1 };
    });
    const when = (data: Record<string, boolean>) => call(fn, { event: { name: "test/happened", data } });
    const add = {
      op: "DeferAdd",
      id: "ee17560c8b77385b5bb8d8687820f9b82f3fdcdf",
      name: "d1",
      opts: { fn_slug: "app-cleanup", input: { n: 1 } },
    };
    expect(opsOf(await when({}))).toMatchObject([
      add,
      { id: COMPLETE_OP_ID, op: "RunComplete", data: { ok: 1 } },
    ]);
    expect(opsOf(await when({ step: true }))).toMatchObject([add, { op: "StepRun" }]);
    const failed = await when({ fail: true });
    expect(failed).toMatchObject({
      noRetry: true,
      ops: [add, { id: COMPLETE_OP_ID, op: "StepFailed", error: { message: "no" } }],
    });
    const known = await call(fn, { defers: { [hash("d1")]: { abortable: true } } });
    expect(known).toMatchObject({ kind: "complete" });
  });
});

describe("a call for one step", () => {
  const ran: string[] = [];
  const fn = client.createFunction({ id: "targeted" }, trigger, async ({ step }) => {
    const [a, b] = await Promise.all([
      step.run("a", () => ran.push("a")),
      step.run("b", () => ran.push("b")),
    ]);
    return step.run("c", () => a + b);
  });

  it("runs only that one, with the call's attempt", async () => {
    const answer = await call(fn, { stepId: hash("b"), attempt: 2 });
    expect(opsOf(answer)).toMatchObject([{ op: "StepRun", id: hash("b"), attempt: 2 }]);
    expect(ran).toEqual(["b"]);
  });

  it("finds it behind steps that are known", async () => {
    const steps = { [hash("a")]: { data: 1 }, [hash("b")]: { data: 2 } };
    expect(opsOf(await call(fn, { stepId: hash("c"), steps }))).toMatchObject([{ op: "StepRun", data: 3 }]);
  });

  it("tells what it found instead, where the function ends without it", async () => {
    const steps = { [hash("a")]: { data: 1 }, [hash("b")]: { data: 2 }, [hash("c")]: { data: 3 } };
    expect(await call(fn, { stepId: hash("gone"), steps })).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { data: { requestedStep: hash("gone"), foundSteps: [], totalFoundSteps: 0 } },
    });
  });

  it("has nothing to do for a step that is known", async () => {
    expect(opsOf(await call(fn, { stepId: hash("a"), steps: { [hash("a")]: { data: 1 } } }))).toEqual([]);
  });
});
