import type { LogArg, Logger, LogLevel } from "./logger.ts";

const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 3, silent: 4 };

/** Writes to the console from a level on (default `info`). */
export class ConsoleLogger implements Logger {
  readonly #rank: number;

  constructor(options: { level?: LogLevel } = {}) {
    this.#rank = ranks[options.level ?? "info"];
  }

  debug(...args: LogArg[]): void {
    if (this.#rank <= ranks.debug) console.debug(...args);
  }

  info(...args: LogArg[]): void {
    if (this.#rank <= ranks.info) console.info(...args);
  }

  warn(...args: LogArg[]): void {
    if (this.#rank <= ranks.warn) console.warn(...args);
  }

  error(...args: LogArg[]): void {
    if (this.#rank <= ranks.error) console.error(...args);
  }
}
