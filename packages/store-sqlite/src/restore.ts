import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { StepfastError } from "@stepfast/protocol";
import { copyDatabase } from "./copy-database.ts";
import { type Database, getRow, getRows, openDatabase, prepare } from "./driver.ts";
import { FileLock } from "./lock.ts";
import { knownSchema } from "./migrate.ts";
import { moved, readMark } from "./move/mark.ts";
import { realPath } from "./real-path.ts";
import { requireOurs, sizeOf, syncFolder } from "./writer/database-file.ts";

export interface RestoreOptions {
  /** The copy that a backup made. It is left as it is. */
  from: string;
  /** The database file: not there yet, or without a run and an event. */
  to: string;
}

/**
 * Makes a database of a backup. It is there, whole and on disk, or what was there before is. Throws `invalid_config` where there
 * is no backup, where it is not one of ours or damaged, and where the database holds anything; `schema_too_new` for a backup
 * of a later release; `store_moved` for one of a database that was moved; `store_locked` where the database is open;
 * `store_unavailable` for what the file system refuses.
 */
export function restoreSqlite({ from, to }: RestoreOptions): void {
  if (!existsSync(from))
    throw new StepfastError("invalid_config", `There is no backup ${from}: check the path.`);
  verify(from);
  const path = realPath(to);
  const lock = new FileLock(path);
  try {
    requireEmpty(path);
    put(from, path);
  } finally {
    lock.release();
  }
}

function verify(path: string): void {
  requireOurs(path);
  const problem = withDatabase(path, true, (db) => {
    knownSchema(db);
    const mark = readMark(db);
    if (mark !== undefined && mark.stage !== "copying") throw moved(mark);
    const rows = getRows(prepare(db, "PRAGMA integrity_check(1)"));
    return rows[0]?.[0] === "ok" ? null : String(rows[0]?.[0]);
  });
  if (problem !== null) throw damaged(path, problem);
}

function withDatabase<Result>(path: string, isReadOnly: boolean, look: (db: Database) => Result): Result {
  let db: Database | undefined;
  try {
    db = openDatabase(path, { readOnly: isReadOnly });
    return look(db);
  } catch (error) {
    if (StepfastError.is(error)) throw error;
    throw damaged(path, error instanceof Error ? error.message : String(error));
  } finally {
    db?.close();
  }
}

function damaged(path: string, problem: string): StepfastError {
  return new StepfastError("invalid_config", `${path} is damaged: ${problem}. Name another file.`);
}

const HOLDS_ANYTHING = "SELECT EXISTS (SELECT 1 FROM runs) OR EXISTS (SELECT 1 FROM events)";

function requireEmpty(path: string): void {
  if (sizeOf(path) === 0) return;
  requireOurs(path);
  const isEmpty = withDatabase(path, false, (db) => {
    const hasTables = getRow(prepare(db, "SELECT 1 FROM sqlite_schema WHERE name = 'runs'")) !== undefined;
    return !hasTables || getRow(prepare(db, HOLDS_ANYTHING))?.[0] === 0;
  });
  if (isEmpty) return;
  const advice = "name another file, or move it away first, with …-wal and …-shm beside it";
  throw new StepfastError("invalid_config", `${path} holds runs or events, which would be lost: ${advice}.`);
}

function put(from: string, path: string): void {
  const partial = `${path}.partial`;
  try {
    copyDatabase(from, partial);
    // A log that is left would be taken for the new file's.
    for (const rest of ["-wal", "-shm"]) rmSync(`${path}${rest}`, { force: true });
    syncFolder(dirname(path));
    renameSync(partial, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(partial, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepfastError("store_unavailable", `${from} cannot be copied to ${path}: ${reason}`, {
      cause: error,
    });
  }
}
