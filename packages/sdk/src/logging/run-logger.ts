import type { Logger } from "./logger.ts";

/** Fields by which a run's log lines are found again. */
export interface RunLogFields {
  runID: string;
  eventName: string;
  requestId?: string | undefined;
  jobId?: string | undefined;
}

/** The user's logger, as a child that names the run where it knows children. */
export function runLogger(logger: Logger, fields: RunLogFields): Logger {
  const { child } = logger as { child?: unknown };
  if (typeof child !== "function") return logger;
  try {
    return child.call(logger, fields) as Logger;
  } catch {
    return logger;
  }
}
