import { closeSync, existsSync, fsyncSync, openSync, statSync, writeSync } from "node:fs";
import { openDatabase } from "../driver.ts";

const MIB = 1024 * 1024;
const PREPARED_MIB = 4;

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/**
 * Lays out the write-ahead log before SQLite opens it: a sync of a file that grows costs half as much again as one of
 * bytes that are overwritten. SQLite takes a log of zeros for an empty one. One that holds something is left alone.
 */
export function prepareLogFile(path: string): void {
  const log = `${path}-wal`;
  if (sizeOf(log) > 0) return;
  // SQLite would delete the log of a database without a page. Only `exec`: an open statement would delay the close.
  if (sizeOf(path) === 0) {
    const db = openDatabase(path);
    db.exec("PRAGMA journal_mode = WAL");
    db.close();
  }
  const file = openSync(log, "w");
  try {
    for (let i = 0; i < PREPARED_MIB; i++) writeSync(file, Buffer.alloc(MIB));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
