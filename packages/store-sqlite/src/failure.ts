import { StepfastError } from "@stepfast/protocol";
import { resultCode } from "./driver.ts";
import type { FromWriter } from "./message.ts";

const NO_ROOM = new Set<unknown>([13, "ENOSPC", "EDQUOT"]);
const NOT_WRITABLE = new Set<unknown>([3, 8, 14, 23, "EACCES", "EPERM", "EROFS", "EISDIR"]);
const DAMAGED = new Set<unknown>([11, 26]);
const IO_ERROR = 10;

/** SQLite's primary result code, or the file system's. */
function codeOf(error: unknown): unknown {
  return resultCode(error) ?? (error as { code?: unknown }).code;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * After an I/O error nobody knows what is on the disk, and syncing again would not tell: then nothing more is written
 * until the database is opened anew. A full disk may have room later.
 */
function isFinal(code: unknown): boolean {
  return code === IO_ERROR || DAMAGED.has(code);
}

/** A batch that was not written. */
export function unwritten(error: unknown): FromWriter {
  if (StepfastError.is(error)) return { failed: error.code, message: error.message, isFinal: false };
  const code = codeOf(error);
  let advice = "nothing of it was written";
  if (NO_ROOM.has(code)) advice = "nothing of it was written, make room on the disk";
  if (isFinal(code)) advice = "look at the disk, then open the store again";
  if (DAMAGED.has(code)) advice = "look at the disk, then open the store again, or restore a backup of it";
  const message = `SQLite failed: ${reasonOf(error)}; ${advice}.`;
  return { failed: "store_unavailable", message, isFinal: isFinal(code) };
}

/** A database that cannot be used at all. */
export function unopened(path: string, error: unknown): FromWriter {
  if (StepfastError.is(error)) return { failed: error.code, message: error.message, isFinal: false };
  const message = `The database ${path} cannot be opened: ${reasonOf(error)}; ${openingAdvice(codeOf(error))}.`;
  return { failed: "store_unavailable", message, isFinal: true };
}

function openingAdvice(code: unknown): string {
  if (NO_ROOM.has(code)) return "make room on the disk";
  if (NOT_WRITABLE.has(code)) return "it must be a file that this process may write, and so must its folder";
  if (DAMAGED.has(code)) return "the file is damaged, look at the disk, and restore a backup";
  return "look at the file and the disk";
}
