import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { StepfastError } from "@stepfast/protocol";
import { openDatabase } from "../driver.ts";

/** Marks a file as a Stepfast database (`STPF`). */
const APPLICATION_ID = 0x53545046;
/** Where SQLite keeps it in the file. */
const APPLICATION_ID_AT = 68;
const HEADER_BYTES = 100;

const MIB = 1024 * 1024;
const LOG_MIB = 4;

/**
 * Makes the database if it is not there, and its log. Throws `invalid_config` if the file is something else, which is
 * left as it is.
 */
export function prepareFiles(path: string): void {
  if (sizeOf(path) === 0) createDatabase(path);
  else requireOurs(path);
  if (sizeOf(`${path}-wal`) === 0) layOutLog(`${path}-wal`);
}

/** 0: it is not there. */
export function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** One page, for SQLite would delete the log of a database without any. An open statement would delay the close. */
function createDatabase(path: string): void {
  const db = openDatabase(path);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA journal_mode = WAL`);
  db.close();
}

/** Throws `invalid_config` if the file is not a Stepfast database. */
export function requireOurs(path: string): void {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  const isDatabase = header.toString("latin1", 0, 16) === "SQLite format 3\0";
  if (isDatabase && header.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID) return;
  throw new StepfastError("invalid_config", `${path} is not a Stepfast database: name another file.`);
}

/**
 * A sync of a file that grows costs half as much again as one of bytes that are overwritten: so the log has its bytes
 * before SQLite opens it. SQLite takes a log of zeros for an empty one.
 * Where there is no room for it the database does without: on a full disk, too, what is there can be read and deleted.
 */
function layOutLog(log: string): void {
  const file = openSync(log, "w");
  try {
    if (!fillWithZeros(file)) ftruncateSync(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(dirname(log));
}

function fillWithZeros(file: number): boolean {
  try {
    for (let i = 0; i < LOG_MIB; i++) if (writeSync(file, Buffer.alloc(MIB)) < MIB) return false;
    return true;
  } catch {
    return false;
  }
}

/**
 * A new file is only there after a power failure once its folder is durable too. SQLite sees to that for a log that it
 * makes itself, not for one that it finds.
 */
export function syncFolder(folder: string): void {
  // Windows has no such operation, and needs none.
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
