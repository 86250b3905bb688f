import type { CallAnswer, CallRequest, Json } from "@stepfast/protocol";
import { INLINE } from "@stepfast/protocol";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Middleware, NonRetriableError, RetryAfterError } from "../../src/index.ts";
import {
  deferred,
  FakeHost,
  hash,
  inlineCall,
  newClient,
  RUN_ID,
  settled,
  start,
} from "../inline/fake-host.ts";
import { call, opsOf, type RemoteOverrides } from "./remote-call.ts";

const client = newClient();
const trigger = { event: "test/happened" };

/** What a call that undoes "charge" is given. */
function undoes(id: string, overrides: RemoteOverrides = {}): RemoteOverrides {
  const steps: Record<string, Json> = {
    [hash("charge")]: { data: { id: "ch_1" } },
    [hash("reserve")]: { data: 2 },
  };
  return { steps, stepId: `rollback:${hash(id)}`, ...overrides };
}

function overNetwork(fn: Parameters<typeof call>[0], overrides: RemoteOverrides): Promise<CallAnswer> {
  return call(fn, overrides);
}

function inProcess(fn: Parameters<typeof call>[0], overrides: RemoteOverrides): Promise<CallAnswer> {
  const request = inlineCall(overrides as Parameters<typeof inlineCall>[0]);
  const ctx: CallRequest["ctx"] = { ...request.ctx, step_id: overrides.stepId ?? "step" };
  return fn[INLINE].call(fn.id("app"), { ...request, ctx }, new FakeHost()).answer;
}

/** A saga of two steps; what its rollbacks were given. */
function saga(undo: (output: unknown, context: { attempt: number; idempotencyKey: string }) => unknown) {
  const seen: string[] = [];
  const fn = client.createFunction({ id: "saga" }, trigger, async ({ step }) => {
    seen.push("begins");
    const charge = await step.run("charge", () => ({ id: "ch_1" })).rollback(undo);
    seen.push("charged");
    await step.run("reserve", () => charge.id.length).rollback(undo);
    seen.push("reserved");
    await step.run("ship", () => {
      seen.push("shipped");
    });
  });
  return { fn, seen };
}

describe("a step with a rollback", () => {
  it("is reported with a mark, and one without is not", async () => {
    const { fn } = saga(() => {});
    expect(opsOf(await call(fn))).toMatchObject([{ op: "StepRun", opts: { rollback: true } }]);
    const { steps } = undoes("charge");
    expect(opsOf(await call(fn, { steps }))[0]?.opts).toEqual({});
  });

  it("has the mark when it is planned, and in this process", async () => {
    const { fn } = saga(() => {});
    expect(opsOf(await call(fn, { planOnly: true }))).toMatchObject([
      { op: "StepPlanned", opts: { rollback: true } },
    ]);
    const { host, session } = start(fn);
    await session.answer;
    expect(host.ops.map(({ displayName, opts }) => [displayName, opts])).toEqual([
      ["charge", { rollback: true }],
      ["reserve", { rollback: true }],
      ["ship", {}],
    ]);
  });

  it("has it with middleware, and keeps its input", async () => {
    class Idle extends Middleware.BaseMiddleware {
      readonly id = "idle";
    }
    const other = newClient({ middleware: [Idle] });
    const fn = other.createFunction({ id: "mw" }, trigger, async ({ step }) => {
      await step.run("charge", (amount: number) => amount, 5).rollback(() => "undone");
    });
    expect(opsOf(await call(fn))).toMatchObject([{ opts: { rollback: true, input: [5] }, data: 5 }]);
    const steps = { [hash("charge")]: { data: 5 } };
    expect(opsOf(await call(fn, undoes("charge", { steps })))).toMatchObject([
      { op: "StepRun", data: "undone" },
    ]);
  });

  it("is refused a second one, none at all, and one that comes too late", async () => {
    const errors: unknown[] = [];
    const note = (attempt: () => unknown) => {
      try {
        attempt();
      } catch (error) {
        errors.push(error);
      }
    };
    const fn = client.createFunction({ id: "wrong" }, trigger, async ({ step }) => {
      const first = step.run("a", () => 1);
      first.rollback(() => {});
      note(() => first.rollback(() => {}));
      note(() => step.run("b", () => 1).rollback(undefined as never));
      const late = step.run("c", () => 1);
      await late;
      note(() => late.rollback(() => {}));
    });
    await start(fn).session.answer;
    expect(errors).toMatchObject([
      { code: "invalid_request", message: expect.stringContaining('Step "a": it has a rollback already') },
      { code: "invalid_request", message: expect.stringContaining('Step "b": rollback needs a function') },
      { code: "invalid_request", message: expect.stringContaining('Step "c": rollback came too late') },
    ]);
  });
});

describe.each([
  { transport: "over a network", ask: overNetwork },
  { transport: "in the engine's process", ask: inProcess },
])("a call for a rollback, $transport", ({ ask }) => {
  it("runs it with the step's output, and nothing of what comes after the step", async () => {
    const given: unknown[] = [];
    const { fn, seen } = saga((output, { attempt, idempotencyKey }) => {
      given.push([output, attempt, idempotencyKey]);
      return "refunded";
    });
    const answer = await ask(fn, undoes("charge", { attempt: 2 }));
    await settled();

    expect(opsOf(answer)).toMatchObject([
      { id: `rollback:${hash("charge")}`, op: "StepRun", displayName: "charge rollback", data: "refunded" },
    ]);
    expect(given).toEqual([[{ id: "ch_1" }, 2, `${RUN_ID}:rollback:${hash("charge")}`]]);
    expect(seen).toEqual(["begins"]);
  });

  it("sees what the code before the step gave it", async () => {
    const { fn, seen } = saga((output) => output);
    expect(opsOf(await ask(fn, undoes("reserve")))).toMatchObject([{ data: 2 }]);
    expect(seen).toEqual(["begins", "charged"]);
  });

  it("answers a failure as a step's: to be tried again, or for good", async () => {
    const plain = saga(() => {
      throw new Error("down");
    });
    expect(await ask(plain.fn, undoes("charge"))).toMatchObject({
      ops: [{ op: "StepError" }],
      noRetry: false,
    });
    expect(await ask(plain.fn, undoes("charge", { attempt: 4 }))).toMatchObject({
      ops: [{ op: "StepFailed" }],
      noRetry: true,
    });
    const final = saga(() => {
      throw new NonRetriableError("never");
    });
    expect(await ask(final.fn, undoes("charge"))).toMatchObject({
      ops: [{ op: "StepFailed" }],
      noRetry: true,
    });
    const later = saga(() => {
      throw new RetryAfterError("busy", 90_000);
    });
    expect(await ask(later.fn, undoes("charge"))).toMatchObject({
      noRetry: false,
      retryAfter: expect.any(String),
    });
  });

  it("refuses steps inside of it", async () => {
    const fn = client.createFunction({ id: "nested" }, trigger, async ({ step }) => {
      await step.run("charge", () => 1).rollback(() => step.run("inner", () => 1));
    });
    expect(await ask(fn, undoes("charge"))).toMatchObject({
      ops: [{ error: { message: expect.stringContaining('inside the body of step "charge rollback"') } }],
    });
  });

  it("comes to a step of a branch whose neighbour failed before it", async () => {
    const undone: unknown[] = [];
    const fn = client.createFunction({ id: "branches" }, trigger, async ({ step }) => {
      const order = async () => {
        await step.run("look", () => 1);
        await step.run("charge", () => 1).rollback((charge) => void undone.push(charge));
      };
      await Promise.all([step.run("fail", () => 1), order()]);
    });
    const steps: Record<string, Json> = {
      [hash("fail")]: { error: { name: "Error", message: "no" } },
      [hash("look")]: { data: 1 },
      [hash("charge")]: { data: { id: "ch_1" } },
    };
    expect(await ask(fn, undoes("charge", { steps }))).toMatchObject({ ops: [{ op: "StepRun" }] });
    expect(undone).toEqual([{ id: "ch_1" }]);
  });

  it.each([
    {
      change: "is gone",
      message: "the function does not come to the step any more; its steps are: none",
      body: async () => {},
    },
    {
      change: "lost its rollback",
      message: 'step "charge" has no rollback any more',
      body: async (run: (id: string) => Promise<unknown>) => run("charge"),
    },
    {
      change: "is behind code that throws",
      message: "the function threw before it came to the step: no such order",
      body: async () => {
        throw new NonRetriableError("no such order");
      },
    },
  ])("says so where the step $change", async ({ message, body }) => {
    const fn = client.createFunction({ id: "changed" }, trigger, async ({ step }) => {
      await body((id) => step.run(id, () => 1));
    });
    // tidy: allow the clock is moved
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const answered = ask(fn, undoes("charge"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await answered).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { name: "RollbackNotReached", message: expect.stringContaining(message) },
    });
  });

  it("undoes a child's work and events that were sent, too", async () => {
    const fn = client.createFunction({ id: "others" }, trigger, async ({ step }) => {
      await step.invoke("child", { function: fn }).rollback((output) => ({ undone: output }));
    });
    const steps = { [hash("child")]: { data: 7 } };
    expect(opsOf(await ask(fn, undoes("child", { steps })))).toMatchObject([{ data: { undone: 7 } }]);
  });
});

describe("a process that is about to end", () => {
  it("lets the rollback that executes finish, and reports it", async () => {
    const gate = deferred<string>();
    const { fn } = saga(() => gate.promise);
    const host = new FakeHost();
    const request = inlineCall(undoes("charge") as Parameters<typeof inlineCall>[0]);
    const ctx = { ...request.ctx, step_id: `rollback:${hash("charge")}` };
    const session = fn[INLINE].call(fn.id("app"), { ...request, ctx }, host);
    await settled();
    const drained = session.cancel();
    gate.resolve("refunded");
    await drained;

    expect(host.ops).toMatchObject([{ id: `rollback:${hash("charge")}`, op: "StepRun", data: "refunded" }]);
  });

  it("starts none that was on its way when the run was taken away", async () => {
    const { fn, seen } = saga(() => seen.push("undone"));
    const request = inlineCall(undoes("charge") as Parameters<typeof inlineCall>[0]);
    const ctx = { ...request.ctx, step_id: `rollback:${hash("charge")}` };
    const session = fn[INLINE].call(fn.id("app"), { ...request, ctx }, new FakeHost());
    session.stop();
    await settled();

    expect(seen).not.toContain("undone");
  });
});
