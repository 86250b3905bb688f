import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { StepfastError } from "@stepfast/protocol";
import { copyDatabase } from "./copy-database.ts";

export interface BackupOptions {
  /** The database file. It may be in use, by this process or another. */
  from: string;
  /** The copy: one file, complete in itself. Folders it is in are made. */
  to: string;
}

/**
 * Copies a database as it is at one moment, while it is written to. The copy is there, whole and on disk, or not at all. It
 * blocks the process that calls it until then. Throws `invalid_config` where there is no database, or the copy's name is
 * taken; `store_unavailable` for what the file system refuses.
 */
export function backupSqlite({ from, to }: BackupOptions): void {
  if (!existsSync(from)) {
    throw new StepfastError("invalid_config", `There is no database ${from}: check the path.`);
  }
  if (existsSync(to)) {
    throw new StepfastError("invalid_config", `${to} is there already: name a file that is not.`);
  }
  const partial = `${to}.partial`;
  try {
    mkdirSync(dirname(to), { recursive: true });
    copyDatabase(from, partial);
    renameSync(partial, to);
  } catch (error) {
    rmSync(partial, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepfastError("store_unavailable", `${from} cannot be copied to ${to}: ${reason}`, {
      cause: error,
    });
  }
}
