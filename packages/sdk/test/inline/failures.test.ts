import { describe, expect, it } from "vitest";
import { NonRetriableError, RetryAfterError, StepError } from "../../src/index.ts";
import { deferred, hash, newClient, settled, start } from "./fake-host.ts";

const client = newClient();
const trigger = { event: "test/happened" };

class QuotaError extends Error {
  override name = "QuotaError";
}

describe("failing steps in an inline call", () => {
  it("reports a failure that will be tried again, and answers once nothing else is left", async () => {
    const fn = client.createFunction({ id: "fails" }, trigger, ({ step }) =>
      step.run("call", () => {
        throw new QuotaError("busy", { cause: new Error("root") });
      }),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toEqual({ kind: "ops", ops: [], version: 2 });
    expect(host.ops).toMatchObject([
      {
        op: "StepError",
        id: hash("call"),
        attempt: 0,
        error: { name: "QuotaError", message: "busy", cause: { message: "root" } },
      },
    ]);
    expect(host.ops[0]?.retryAfter).toBeUndefined();
  });

  it("passes on when to try again", async () => {
    const moment = new Date("2030-01-01T00:00:00Z");
    for (const [when, expected] of [
      ["1h30m", "5400"],
      [1500, "2"],
      [moment, moment.toISOString()],
    ] as const) {
      const fn = client.createFunction({ id: "later" }, trigger, ({ step }) =>
        step.run("call", () => {
          throw new RetryAfterError("later", when);
        }),
      );
      const { host, session } = start(fn);
      await session.answer;
      expect(host.ops[0]).toMatchObject({ op: "StepError", retryAfter: expected });
    }
  });

  it("lets user code see a failure once the retries are used up, as replay will show it", async () => {
    const fn = client.createFunction({ id: "caught" }, trigger, async ({ step }) => {
      try {
        await step.run("call", () => {
          throw new QuotaError("busy", { cause: new TypeError("root") });
        });
      } catch (error) {
        const failure = error as StepError;
        return [
          failure instanceof StepError,
          failure.stepId,
          failure.name,
          failure.message,
          failure.cause instanceof TypeError,
        ];
      }
    });
    const expected = [true, "call", "QuotaError", "busy", true];
    const live = start(fn, { pending: { [hash("call")]: { state: "run", attempt: 4 } } });
    expect(await live.session.answer).toMatchObject({ kind: "complete", output: expected });
    expect(live.host.ops).toMatchObject([{ op: "StepFailed", attempt: 4 }]);
    const { error } = live.host.ops[0] ?? {};
    const replayed = start(fn, { steps: { [hash("call")]: { error: error as never } } });
    expect(await replayed.session.answer).toMatchObject({ kind: "complete", output: expected });
  });

  it("does not retry what says it must not be", async () => {
    const fn = client.createFunction({ id: "final" }, trigger, ({ step }) =>
      step.run("call", () => {
        throw new NonRetriableError("never", { cause: new Error("why") });
      }),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({
      kind: "error",
      noRetry: true,
      error: { name: "NonRetriableError", message: "never", cause: { message: "why" } },
    });
    expect(host.ops).toMatchObject([{ op: "StepFailed" }]);
  });

  it("ignores a failure by .catch() without a function", async () => {
    const fn = client.createFunction({ id: "ignored" }, trigger, async ({ step }) => {
      const ignored = await step
        .run("metric", () => {
          throw new NonRetriableError("no");
        })
        .catch();
      const kept = await step.run("fine", () => 1).catch();
      return { ignored: ignored === undefined, kept };
    });
    expect(await start(fn).session.answer).toMatchObject({
      kind: "complete",
      output: { ignored: true, kept: 1 },
    });
  });

  it("runs a rollback step by .catch(fn), and finally() and then() as promises do", async () => {
    const seen: string[] = [];
    const fn = client.createFunction({ id: "rollback" }, trigger, async ({ step }) => {
      const rolledBack = await step
        .run("create", () => {
          throw new NonRetriableError("no");
        })
        .catch((error) => step.run("rollback", () => `undone: ${(error as Error).message}`))
        .finally(() => seen.push("finally"));
      const other = await step.run("x", () => 2).then((value) => value * 2);
      return [rolledBack, other];
    });
    expect(await start(fn).session.answer).toMatchObject({ output: ["undone: no", 4] });
    expect(seen).toEqual(["finally"]);
  });

  it("does not disturb the process by a failure that is looked at late", async () => {
    const fn = client.createFunction({ id: "late" }, trigger, async ({ step }) => {
      const failing = step.run("failing", () => {
        throw new NonRetriableError("no");
      });
      await step.run("other", () => settled());
      return failing.then(
        () => "ok",
        (error: Error) => error.message,
      );
    });
    expect(await start(fn).session.answer).toMatchObject({ output: "no" });
  });

  it("runs a step again when the engine says so, while others go on", async () => {
    const gate = deferred<void>();
    const attempts: number[] = [];
    const fn = client.createFunction({ id: "pushed-retry" }, trigger, async ({ step }) => {
      const slow = step.run("slow", () => gate.promise);
      const flaky = await step.run("flaky", ({ attempt }) => {
        attempts.push(attempt);
        if (attempt === 0) throw new Error("first");
        return "worked";
      });
      await slow;
      return flaky;
    });
    const { host, session } = start(fn);
    await host.reported(1);
    await settled();
    session.retry(hash("flaky"), 1);
    await host.reported(2);
    expect(host.ops.map((op) => [op.op, op.attempt])).toEqual([
      ["StepError", 0],
      ["StepRun", 1],
    ]);
    gate.resolve();
    expect(await session.answer).toMatchObject({ kind: "complete", output: "worked" });
    expect(attempts).toEqual([0, 1]);
  });

  it("leaves a step alone whose retry is not due, and runs the others", async () => {
    const ran: string[] = [];
    const fn = client.createFunction({ id: "hold" }, trigger, ({ step }) =>
      Promise.all([step.run("later", () => ran.push("later")), step.run("now", () => ran.push("now"))]),
    );
    const { session } = start(fn, { pending: { [hash("later")]: { state: "hold", attempt: 1 } } });
    expect(await session.answer).toMatchObject({ kind: "ops", ops: [] });
    expect(ran).toEqual(["now"]);
  });

  it("keeps the function open while a step that nobody awaits is to be tried again", async () => {
    const fn = client.createFunction({ id: "open" }, trigger, async ({ step }) => {
      step.run("flaky", ({ attempt }) => {
        if (attempt === 0) throw new Error("first");
      });
      return "returned";
    });
    expect(await start(fn).session.answer).toMatchObject({ kind: "ops", ops: [] });
    const again = start(fn, { pending: { [hash("flaky")]: { state: "run", attempt: 1 } } });
    expect(await again.session.answer).toMatchObject({ kind: "complete", output: "returned" });
  });

  it("shows the handler the attempt of the step that the call is about", async () => {
    const fn = client.createFunction({ id: "attempt" }, trigger, async ({ step, attempt, maxAttempts }) => {
      await step.run("a", () => 1);
      return [attempt, maxAttempts];
    });
    const call = { pending: { [hash("a")]: { state: "run" as const, attempt: 2 } }, maxAttempts: 4 };
    expect(await start(fn, call).session.answer).toMatchObject({ output: [2, 4] });
    expect(await start(fn, { attempt: 1 }).session.answer).toMatchObject({ output: [1, 5] });
  });
});

describe("failing functions in an inline call", () => {
  const failing = (thrown: unknown) =>
    client.createFunction({ id: "throws" }, trigger, async () => {
      throw thrown;
    });

  it("tells which failures are final and when to try again", async () => {
    const answerOf = (thrown: unknown) => start(failing(thrown)).session.answer;
    expect(await answerOf(new Error("boom"))).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { message: "boom" },
    });
    expect(await answerOf(new NonRetriableError("no"))).toMatchObject({ noRetry: true });
    expect(await answerOf(new RetryAfterError("later", "30s"))).toMatchObject({
      noRetry: false,
      retryAfter: "30",
    });
    expect(await answerOf("text")).toMatchObject({ error: { name: "Error", message: "text" } });
    expect(await answerOf(Object.assign(new Error("copy"), { name: "NonRetriableError" }))).toMatchObject({
      noRetry: true,
    });
  });

  it("takes an uncaught step failure as final, and one wrapped in a new error as not", async () => {
    const code = (wrap: boolean) =>
      client.createFunction({ id: "wrap" }, trigger, async ({ step }) => {
        try {
          await step.run("call", () => {
            throw new NonRetriableError("no");
          });
        } catch (error) {
          throw wrap ? new Error("wrapped", { cause: error }) : error;
        }
      });
    expect(await start(code(false)).session.answer).toMatchObject({ noRetry: true });
    expect(await start(code(true)).session.answer).toMatchObject({
      noRetry: false,
      error: { message: "wrapped" },
    });
  });

  it("lets bodies that are executing finish and be recorded first", async () => {
    const gate = deferred<string>();
    const fn = client.createFunction({ id: "finish" }, trigger, ({ step }) =>
      Promise.all([
        step.run("slow", () => gate.promise),
        step.run("fails", () => {
          throw new NonRetriableError("no");
        }),
      ]),
    );
    const { host, session } = start(fn);
    await host.reported(1);
    await settled();
    gate.resolve("slow");
    expect(await session.answer).toMatchObject({ kind: "error", noRetry: true });
    expect(host.ops.map((op) => [op.op, op.name])).toEqual([
      ["StepFailed", "fails"],
      ["StepRun", "slow"],
    ]);
  });

  it("refuses an output without a JSON form", async () => {
    const fn = client.createFunction({ id: "output" }, trigger, () => ({ big: 1n }) as never);
    const answer = await start(fn).session.answer;
    expect(answer).toMatchObject({ kind: "error" });
    expect(answer.kind === "error" && answer.error.message).toContain("result cannot be stored");
  });
});
