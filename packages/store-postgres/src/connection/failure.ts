/** What is known of a failed exchange with the server. */
export type FailureKind =
  /** Two transactions got in each other's way, and this one was undone: it may be tried again at once. */
  | "contention"
  /** A prepared statement is not there: the connection is shared behind a pooler. */
  | "unprepared"
  /** The connection ended, or the server cannot serve now. What was asked may have been done. */
  | "connection"
  /** Nothing can be written where the connection leads, a replica maybe; a new one may lead elsewhere. Nothing was done. */
  | "read-only"
  /** The server is there, but cannot write: no space… Nothing was done. */
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
const READ_ONLY = "25006";
const unprepared = new Set(["26000", "42P05"]);
const refusedClasses = new Set(["25", "28", "3D", "53", "54", "55", "57", "58", "XX"]);

export function failureKind(error: unknown): FailureKind {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || severity === undefined) return "connection";
  if (severity !== "ERROR" || code === UNKNOWN_COMPLETION) return "connection";
  if (contention.has(code)) return "contention";
  if (code === READ_ONLY) return "read-only";
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

const TOO_MANY_CONNECTIONS = "53300";
const NOT_YET = "57P03";

/** Whether the server would not let us in just now: it has no connection left, or is starting. */
export function isBusy(error: unknown): boolean {
  const code = codeBehind(error);
  return code === TOO_MANY_CONNECTIONS || code === NOT_YET;
}

/** What to do about a connection that could not be made. */
export function adviceOn(error: unknown): string {
  const code = codeBehind(error);
  if (code === TOO_MANY_CONNECTIONS) return "raise its max_connections, or let fewer clients connect";
  if (code === NOT_YET) return "wait until it has started";
  if (/^28/.test(code)) return "check user and password of the database URL";
  if (code === "3D000") return "make the database, or name another in the database URL";
  return "check the database URL and that the server runs";
}

function codeBehind(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const own = cause === undefined ? code : (cause as { code?: unknown }).code;
  return typeof own === "string" ? own : "";
}
