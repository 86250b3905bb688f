import { createRequire } from "node:module";

export type SqlValue = string | number | null;
/** What may be written: a text's bytes, too. */
export type SqlParameter = SqlValue | Uint8Array;
/** A row as SQLite gives it: values in the order of the statement's columns. */
export type SqlRow = SqlValue[];

/** The part of `node:sqlite` that is used here. */
export interface Statement {
  run(...parameters: SqlParameter[]): { changes: number | bigint };
  get(...parameters: SqlValue[]): unknown;
  all(...parameters: SqlValue[]): unknown[];
  iterate(...parameters: SqlValue[]): Iterable<unknown>;
  setReturnArrays(returnArrays: boolean): void;
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface DatabaseOptions {
  readOnly?: boolean;
  enableForeignKeyConstraints: boolean;
  timeout: number;
}

interface SqliteModule {
  DatabaseSync: new (path: string, options: DatabaseOptions) => Database;
}

/** The first version in which two connections that write and checkpoint cannot corrupt the file. */
const SAFE_SQLITE = [3, 51, 3];

let loaded: SqliteModule | undefined;

/** All threads of a process must use one library: SQLite's locks count per process and library. */
function sqliteModule(): SqliteModule {
  loaded ??= builtin() ?? (createRequire(import.meta.url)("@photostructure/sqlite") as SqliteModule);
  return loaded;
}

function builtin(): SqliteModule | undefined {
  const found = process.getBuiltinModule?.("node:sqlite") as SqliteModule | undefined;
  if (found === undefined) return undefined;
  const db = new found.DatabaseSync(":memory:", { enableForeignKeyConstraints: false, timeout: 0 });
  try {
    const statement = db.prepare("SELECT sqlite_version()");
    if (typeof statement.setReturnArrays !== "function") return undefined;
    statement.setReturnArrays(true);
    const [version] = statement.get() as SqlRow;
    return isSafe(String(version)) ? found : undefined;
  } finally {
    db.close();
  }
}

function isSafe(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [i, least] of SAFE_SQLITE.entries()) {
    const part = parts[i] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/**
 * Opens a database. Keep the object as long as its statements are used: they do not keep it from being collected, and
 * collecting it closes it.
 */
export function openDatabase(
  path: string,
  options: { readOnly?: boolean; timeoutMs?: number } = {},
): Database {
  const { DatabaseSync } = sqliteModule();
  return new DatabaseSync(path, {
    enableForeignKeyConstraints: false,
    timeout: options.timeoutMs ?? 5_000,
    ...(options.readOnly === true ? { readOnly: true } : {}),
  });
}

/** A statement whose rows are arrays. */
export function prepare(db: Database, sql: string): Statement {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

/** The first row, if any. */
export function getRow(statement: Statement, ...parameters: SqlValue[]): SqlRow | undefined {
  return statement.get(...parameters) as SqlRow | undefined;
}

export function getRows(statement: Statement, ...parameters: SqlValue[]): SqlRow[] {
  return statement.all(...parameters) as SqlRow[];
}

/** SQLite's primary result code: 5 busy, 10 I/O error, 11 corrupt, 13 full, 26 not a database. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 0xff;
}
