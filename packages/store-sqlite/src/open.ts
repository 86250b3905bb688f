import type { Store } from "@stepfast/store";
import { FileLock } from "./lock.ts";
import { Reader } from "./reader/reader.ts";
import { realPath } from "./real-path.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { WriterThread } from "./writer-thread.ts";

export interface SqliteStoreOptions {
  /** The database file; it and its folder are made if they do not exist. `<path>.lock` is kept beside it. */
  path: string;
  /**
   * `FULL` (default): what was acknowledged survives a power failure. `NORMAL`: it survives the end of the process, but a
   * power failure may take the last moments.
   */
  synchronous?: "FULL" | "NORMAL";
  /** Texts of more characters are kept in a table of their own, beside the rows they belong to. Default 65,536. */
  largeValueLength?: number;
}

/**
 * Opens the store on a SQLite file. All sessions that were alive are given up: the runs they held are due at once.
 * Throws `store_locked` if another process has it open, `schema_too_new` if a later release wrote it, `invalid_config`
 * if the file is not a Stepfast database, `store_unavailable` if it cannot be opened.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const path = realPath(options.path);
  const lock = new FileLock(path);
  const writer = new WriterThread({ path, synchronous: options.synchronous ?? "FULL" });
  try {
    await writer.ready();
    return new SqliteStore(lock, writer, new Reader(path), options.largeValueLength);
  } catch (error) {
    await writer.close();
    lock.release();
    throw error;
  }
}
