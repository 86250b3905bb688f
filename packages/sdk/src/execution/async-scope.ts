/** A value that follows the code it was set for across awaits. */
export interface AsyncScope<T> {
  run<R>(value: T, body: () => R): R;
  getStore(): T | undefined;
  /** From here on, in this flow of code. */
  enterWith(value: T | undefined): void;
}

interface HostProcess {
  getBuiltinModule?(id: string): { AsyncLocalStorage: new () => AsyncScope<unknown> } | undefined;
}

/** Absent where the runtime has none: this package also runs on edges. */
export function asyncScope<T>(): AsyncScope<T> | undefined {
  const { process } = globalThis as { process?: HostProcess };
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  return hooks ? (new hooks.AsyncLocalStorage() as AsyncScope<T>) : undefined;
}
