import { type Json, toWireError } from "@stepfast/protocol";
import { asError } from "../errors/as-error.ts";
import { isNonRetriable } from "../errors/classify.ts";
import { NonRetriableError } from "../errors/non-retriable-error.ts";
import type { FoundStep } from "./found-step.ts";
import { throughJson } from "./memo.ts";
import type { AnyFunction, Replay } from "./replay.ts";

/** What became of a step's body. */
export type BodyOutcome =
  /** `json` goes to the engine; `given`, to the user's code, is what it says. */
  | { ok: true; json: string; given: Json; startedAt: number }
  | { ok: false; thrown: unknown; startedAt: number };

/** Runs a step's body. `done` is called exactly once; at once if the body is synchronous. */
export function runBody(replay: Replay, step: FoundStep, done: (outcome: BodyOutcome) => void): void {
  const startedAt = Date.now();
  step.startNotes();
  const succeed = (value: unknown) => done(outcomeOf(value, step, replay.call.fn, startedAt));
  const fail = (thrown: unknown) => done({ ok: false, thrown, startedAt });
  try {
    const value = replay.middleware ? wrappedBody(replay, step) : callBody(replay, step);
    if (isThenable(value)) value.then(succeed, fail);
    else succeed(value);
  } catch (thrown) {
    fail(thrown);
  }
}

function callBody(replay: Replay, step: FoundStep): unknown {
  const { body } = step.plan;
  return body && replay.nesting.enter(step, () => body(replay.stepContext(step), step.input));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function"
  );
}

function outcomeOf(value: unknown, step: FoundStep, fn: AnyFunction, startedAt: number): BodyOutcome {
  try {
    const { json, given } = throughJson(value);
    return { ok: true, json, given, startedAt };
  } catch (cause) {
    const reason = toWireError(cause).message;
    const message = `The result of step "${step.userId}" of function "${fn.opts.id}" cannot be stored: ${reason}. Return something that JSON can express`;
    return { ok: false, thrown: new NonRetriableError(message, { cause }), startedAt };
  }
}

async function wrappedBody(replay: Replay, step: FoundStep): Promise<unknown> {
  const { middleware } = replay;
  if (!middleware) return callBody(replay, step);
  const args = { ...middleware.base, stepInfo: middleware.infoOf(step) };
  const { chain } = middleware;
  await chain.tell("onStepStart", args);
  try {
    const output = await chain.wrap("wrapStepHandler", args, async () => callBody(replay, step));
    await chain.tell("onStepComplete", { ...args, output });
    return output;
  } catch (error) {
    const isFinalAttempt = isFinalStepAttempt(replay, step, error);
    await chain.tell("onStepError", { ...args, error: asError(error), isFinalAttempt });
    throw error;
  }
}

/** Whether a step that threw this has failed for good. */
export function isFinalStepAttempt(replay: Replay, step: FoundStep, thrown: unknown): boolean {
  return isNonRetriable(thrown) || step.attempt + 1 >= replay.call.maxAttempts;
}
