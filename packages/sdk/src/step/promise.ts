import type { RollbackContext } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";

/**
 * What a step tool returns: an ordinary promise but for one thing. `.catch()` without a function ignores the step's
 * failure and resolves with `undefined`; a plain promise would reject again.
 */
export interface StepPromise<T> extends Promise<T> {
  catch(): Promise<T | undefined>;
  catch<TResult = never>(
    onRejected: ((reason: Untyped) => TResult | PromiseLike<TResult>) | null | undefined,
  ): Promise<T | TResult>;
}

/** What a step returns that its function can undo. */
export interface UndoableStepPromise<T> extends StepPromise<T> {
  /**
   * Says how the step is undone. If the run fails or is cancelled, the rollbacks of its completed steps run, durable and one
   * after the other, the last settled first; only then does the run end. Each is a step of its own with the function's
   * retries; one that fails for good does not keep the others from running.
   *
   * Call it right where the step is called. The function is replayed up to that place first, so `handler` may use
   * whatever is in scope there. Throws `invalid_request` if it is no function, if the step has a rollback already, or if
   * the step was reported before.
   *
   * @param handler Gets the step's output, and a context whose `idempotencyKey` is the same on every attempt.
   */
  rollback(handler: (output: T, context: RollbackContext) => unknown): StepPromise<T>;
  /**
   * With `always`, a step that may have begun is undone whatever became of it: it failed, or its process died before its
   * result was recorded. Then `output` is undefined, and it is for `handler` to find out what there is to undo, by
   * `stepIdempotencyKey`; the body may not have run at all. The step is recorded before its body starts, which costs a
   * commit, and over a network a request.
   */
  rollback(
    handler: (output: T | undefined, context: RollbackContext) => unknown,
    options: { always: true },
  ): StepPromise<T>;
}

export interface RollbackOptions {
  /** Also where the step did not complete. Default false. */
  always?: boolean;
}

function ignore(): undefined {}

function catchOrIgnore(
  this: Promise<unknown>,
  onRejected?: ((reason: unknown) => unknown) | null,
): Promise<unknown> {
  return this.then(undefined, onRejected ?? ignore);
}

/**
 * Gives a native promise the step's `catch`. An own method, not a subclass: `await` takes its short way only for
 * native promises.
 */
export function stepPromise<T>(
  executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
): StepPromise<T> {
  const promise = new Promise<T>(executor);
  promise.catch = catchOrIgnore as typeof promise.catch;
  return promise as StepPromise<T>;
}

/** A failure that nobody has looked at yet must not end the process: the function may still look. */
export function forgiveUnhandled(promise: Promise<unknown>): void {
  promise.then(undefined, ignore);
}
