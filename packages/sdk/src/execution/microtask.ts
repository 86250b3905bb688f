/*
 * Turns of the microtask queue. On Node `queueMicrotask` costs several times as much as a promise that is resolved
 * already, and a step takes a good dozen turns.
 */

const resolved = Promise.resolve();

/** Calls back in the next turn. */
export function afterMicrotask(callback: () => void): void {
  resolved.then(callback);
}

/** To be awaited: the next turn. */
export function nextTurn(): Promise<void> {
  return resolved;
}
