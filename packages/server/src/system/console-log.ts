import type { Log } from "@stepfast/engine";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

type Write = (line: string) => void;

/** Fields as `key=value`; errors as their message. */
function describeFields(fields: Record<string, unknown> | undefined): string {
  if (!fields) return "";
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${describe(value)}`)
    .join("");
}

function describe(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "string" && !/\s/.test(value)) return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** A log of one line a message, on standard error unless told otherwise. Messages below `level` are dropped. */
export function consoleLog(
  level: LogLevel = "info",
  write: Write = (line) => process.stderr.write(`${line}\n`),
): Log {
  const threshold = logLevels.indexOf(level);
  const at = (own: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
    if (logLevels.indexOf(own) < threshold) return;
    write(`${own.padEnd(5)} ${message}${describeFields(fields)}`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
