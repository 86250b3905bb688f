/** What is known of a failed exchange with the server. */
export type FailureKind =
  /** Two transactions got in each other's way, and this one was undone: it may be tried again at once. */
  | "contention"
  /** A prepared statement is not there: the connection is shared behind a pooler. */
  | "unprepared"
  /** The connection ended, or the server cannot serve now. What was asked may have been done. */
  | "connection"
  /** The server is there, but cannot write: no space, read-only… Nothing was done. */
  | "refused"
  /** The server does not take these values: the caller's bug. Nothing was done. */
  | "data";

const contention = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available
  "23505", // unique_violation: another node was first
  "0A000", // a cached plan that a migration made invalid
]);
/** A distributed database's way of saying that the answer to a commit was lost. */
const UNKNOWN_COMPLETION = "40003";
const unprepared = new Set(["26000", "42P05"]);
const refusedClasses = new Set(["25", "28", "3D", "53", "54", "55", "57", "58", "XX"]);

export function failureKind(error: unknown): FailureKind {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || severity === undefined) return "connection";
  if (severity !== "ERROR" || code === UNKNOWN_COMPLETION) return "connection";
  if (contention.has(code)) return "contention";
  if (unprepared.has(code)) return "unprepared";
  return refusedClasses.has(code.slice(0, 2)) ? "refused" : "data";
}

/** Whether it waited for a lock longer than transactions should last. */
export function isLockTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === "55P03";
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
