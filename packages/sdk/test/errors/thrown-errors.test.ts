import { describe, expect, it } from "vitest";
import { NonRetriableError, RetryAfterError } from "../../src/index.ts";
import { newClient } from "../inline/fake-host.ts";
import { call, opsOf } from "../remote/remote-call.ts";

const trigger = { event: "test/happened" };

class Declined extends NonRetriableError {
  override name = "Declined";
}
class Busy extends RetryAfterError {
  override name = "Busy";
}

function answerOf(thrown: () => unknown, logged: unknown[] = []) {
  const note = (...args: unknown[]) => logged.push(args);
  const logger = { debug: note, info: note, warn: note, error: note };
  const fn = newClient({ logger }).createFunction({ id: "throws" }, trigger, () => {
    throw thrown();
  });
  return call(fn);
}

function stepAnswerOf(thrown: () => unknown) {
  const fn = newClient().createFunction({ id: "throws" }, trigger, ({ step }) =>
    step.run("a", () => {
      throw thrown();
    }),
  );
  return call(fn);
}

describe("classes derived from the SDK's errors", () => {
  it("mean the same, whatever their names", async () => {
    expect(await answerOf(() => new Declined("no"))).toMatchObject({
      noRetry: true,
      error: { name: "Declined" },
    });
    expect(opsOf(await stepAnswerOf(() => new Declined("no")))).toMatchObject([{ op: "StepFailed" }]);
    expect(await answerOf(() => new Busy("later", "30s"))).toMatchObject({
      noRetry: false,
      retryAfter: "30",
    });
    expect(await stepAnswerOf(() => new Busy("later", "30s"))).toMatchObject({ retryAfter: "30" });
  });
});

describe("RetryAfterError", () => {
  it("asks for an attempt at once where its time has passed", () => {
    expect(new RetryAfterError("late", Date.parse("2001-01-01") - Date.now()).retryAfter).toBe("0");
  });

  it("never takes the next attempt away: a time that cannot be read is an error that is retried", async () => {
    for (const when of [Number.NaN, "soon", new Date(Number.NaN)]) {
      expect(() => new RetryAfterError("when?", when)).toThrow(RangeError);
      expect(await answerOf(() => new RetryAfterError("when?", when))).toMatchObject({ noRetry: false });
    }
  });
});

it("tells the client's logger of every attempt that fails, and of the step", async () => {
  const logged: unknown[][] = [];
  const boom = new Error("boom");
  await answerOf(() => boom, logged);
  expect(logged).toEqual([
    [expect.objectContaining({ err: boom, function: "app-throws" }), expect.any(String)],
  ]);
  const note = (...args: unknown[]) => logged.push(args);
  const logger = { debug: note, info: note, warn: note, error: note };
  const fn = newClient({ logger }).createFunction({ id: "steps" }, trigger, ({ step }) =>
    step.run("a", () => {
      throw boom;
    }),
  );
  logged.length = 0;
  await call(fn);
  expect(logged).toEqual([[expect.objectContaining({ err: boom, step: "a" }), expect.any(String)]]);
});
