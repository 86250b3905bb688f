import { parentPort, workerData } from "node:worker_threads";
import sqlite3InitModule from "@sqlite.org/sqlite-wasm";
import type { Cell, FilledTable } from "./tables.ts";

/*
 * One query on tables in memory, in a thread of its own. SQLite runs as WebAssembly: it sees no files and no network.
 * Once the tables are filled it may only read them, with little memory and for a short time.
 */

export interface WorkerTask {
  sql: string;
  tables: FilledTable[];
  timeMs: number;
  memoryBytes: number;
  maxRows: number;
}

export type WorkerAnswer = { columns: string[]; rows: Cell[][]; isTruncated: boolean } | { error: string };

/** How many steps of its machine SQLite takes between two looks at the clock. */
const STEPS_BETWEEN_LOOKS = 10_000;

const sqlite = await sqlite3InitModule();
type Database = InstanceType<typeof sqlite.oo1.DB>;

function fill(db: Database, { name, columns, rows }: FilledTable): void {
  db.exec(`CREATE TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(", ")})`);
  const insert = db.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => "?").join(", ")})`);
  db.exec("BEGIN");
  for (const row of rows) insert.bind(row).stepReset();
  insert.finalize();
  db.exec("COMMIT");
}

/** From here on nothing can be changed, and nothing but the tables be seen. */
function confine(db: Database, { timeMs, memoryBytes }: WorkerTask): void {
  const { capi } = sqlite;
  db.exec(`PRAGMA hard_heap_limit = ${memoryBytes}`);
  const allowed = new Set([
    capi.SQLITE_SELECT,
    capi.SQLITE_READ,
    capi.SQLITE_FUNCTION,
    capi.SQLITE_RECURSIVE,
  ] as number[]);
  capi.sqlite3_set_authorizer(db, (_, action) => (allowed.has(action) ? 0 : capi.SQLITE_DENY), 0);
  const deadline = performance.now() + timeMs;
  capi.sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, () => (performance.now() > deadline ? 1 : 0), 0);
}

function cell(value: unknown): Cell {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value as Cell;
}

function ask(db: Database, task: WorkerTask): WorkerAnswer {
  const { maxRows } = task;
  const sql = task.sql.replace(/[;\s]+$/, "");
  // What may stand in brackets is one query: SQLite would leave out what follows it.
  db.prepare(`SELECT * FROM (${sql}\n)`).finalize();
  const statement = db.prepare(sql);
  try {
    const columns = statement.columnCount === 0 ? [] : statement.getColumnNames();
    const rows: Cell[][] = [];
    while (statement.step()) {
      if (rows.length === maxRows) return { columns, rows, isTruncated: true };
      rows.push((statement.get([]) as unknown[]).map(cell));
    }
    return { columns, rows, isTruncated: false };
  } finally {
    statement.finalize();
  }
}

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message.replace(/^SQLITE_\w+: (sqlite3 result code \d+: )?/, "");
  return text === "interrupted" ? "it took too long" : text;
}

function answer(task: WorkerTask): WorkerAnswer {
  const db = new sqlite.oo1.DB(":memory:");
  try {
    for (const table of task.tables) fill(db, table);
    confine(db, task);
    return ask(db, task);
  } catch (error) {
    return { error: reason(error) };
  }
}

parentPort?.postMessage(answer(workerData as WorkerTask));
