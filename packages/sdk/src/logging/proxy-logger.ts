import type { LogArg, Logger } from "./logger.ts";

/**
 * A logger that can be silenced: while a function replays what it did before, its log lines were already written.
 * Properties it does not know are those of the logger behind it.
 */
export class ProxyLogger implements Logger {
  readonly #logger: Logger;
  #enabled = false;

  constructor(logger: Logger) {
    this.#logger = logger;
    // biome-ignore lint/correctness/noConstructorReturn: the proxy must stand for the object from the start.
    return new Proxy(this, { get: (target, key) => target.#property(key) });
  }

  #property(key: string | symbol): unknown {
    if (key in this) {
      const own: unknown = Reflect.get(this, key, this);
      return typeof own === "function" ? own.bind(this) : own;
    }
    const inherited: unknown = Reflect.get(this.#logger, key, this.#logger);
    return typeof inherited === "function" ? inherited.bind(this.#logger) : inherited;
  }

  info(...args: LogArg[]): void {
    if (this.#enabled) this.#logger.info(...args);
  }

  warn(...args: LogArg[]): void {
    if (this.#enabled) this.#logger.warn(...args);
  }

  error(...args: LogArg[]): void {
    if (this.#enabled) this.#logger.error(...args);
  }

  debug(...args: LogArg[]): void {
    if (this.#enabled) this.#logger.debug(...args);
  }

  enable(): void {
    this.#enabled = true;
  }

  disable(): void {
    this.#enabled = false;
  }

  /** Waits until the logger has written; one macrotask turn where it cannot say. */
  async flush(): Promise<void> {
    const { flush } = this.#logger as { flush?: unknown };
    if (typeof flush === "function") await flush.call(this.#logger);
    else await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}
