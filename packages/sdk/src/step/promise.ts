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
