type Schedule = (callback: () => void) => unknown;

/** Calls back once everything that is ready to run has run. Shorter than a timer where the runtime allows. */
export function afterMacrotask(callback: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: Schedule };
  if (setImmediate) setImmediate(callback);
  else setTimeout(callback, 0);
}
