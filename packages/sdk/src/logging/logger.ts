import type { Untyped } from "../types/untyped.ts";

export type LogArg = unknown;

/** Every level, from what is always told to what is told of nothing. */
export const logLevels = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Any logger: winston, pino, console. Arguments are handed on as they are. */
export interface Logger {
  info(...args: Untyped[]): void;
  warn(...args: Untyped[]): void;
  error(...args: Untyped[]): void;
  debug(...args: Untyped[]): void;
}
