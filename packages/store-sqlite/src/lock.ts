import { StepfastError } from "@stepfast/protocol";
import { type Database, openDatabase, resultCode } from "./driver.ts";

const BUSY = 5;

/**
 * Holds a database for this process: an exclusive transaction on an empty file beside it, `<path>.lock`. The operating
 * system ends it with the process however that ends, so a lock is never stale; the file stays.
 */
export class FileLock {
  /** Holds the lock as long as it is open. */
  readonly #db: Database;

  /**
   * Throws `store_locked` if another store, here or in another process, has the database open, `store_unavailable` if
   * the file cannot be made.
   */
  constructor(path: string) {
    this.#db = openLock(path);
    try {
      this.#db.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      this.#db.close();
      throw refused(path, error);
    }
  }

  release(): void {
    this.#db.close();
  }
}

function openLock(path: string): Database {
  try {
    return openDatabase(`${path}.lock`, { timeoutMs: 0 });
  } catch (error) {
    throw unlockable(path, error);
  }
}

function unlockable(path: string, cause: unknown): StepfastError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StepfastError(
    "store_unavailable",
    `The database ${path} cannot be locked, ${path}.lock must be a file that this process may write: ${reason}`,
    { cause },
  );
}

function refused(path: string, cause: unknown): StepfastError {
  if (resultCode(cause) !== BUSY) return unlockable(path, cause);
  return new StepfastError(
    "store_locked",
    `The database ${path} is open in another process: stop that one, or name another file.`,
    { cause },
  );
}
