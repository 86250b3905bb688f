import type { LogArg, Logger } from "./logger.ts";

/** Lets object-first calls, `(fields, message)`, reach a logger that wants `(message, fields)`, such as winston. */
export function wrapStringFirstLogger(logger: Logger): Logger {
  return {
    info: (...args) => logger.info(...messageFirst(args)),
    warn: (...args) => logger.warn(...messageFirst(args)),
    error: (...args) => logger.error(...messageFirst(args)),
    debug: (...args) => logger.debug(...messageFirst(args)),
  };
}

function messageFirst(args: LogArg[]): LogArg[] {
  const [first, second, ...rest] = args;
  return typeof first === "object" && first !== null && typeof second === "string"
    ? [second, first, ...rest]
    : args;
}
