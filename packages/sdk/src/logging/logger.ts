import type { Untyped } from "../types/untyped.ts";

export type LogArg = unknown;

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "silent";

/** Any logger: winston, pino, console. Arguments are handed on as they are. */
export interface Logger {
  info(...args: Untyped[]): void;
  warn(...args: Untyped[]): void;
  error(...args: Untyped[]): void;
  debug(...args: Untyped[]): void;
}
