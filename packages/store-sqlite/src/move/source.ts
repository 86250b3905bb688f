import { randomUUID } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { StepfastError } from "@stepfast/protocol";
import type { MoveSource, MoveStage, RowPage, StoredRows, StoredTable } from "@stepfast/store";
import { type Database, getRow, prepare, type SqlRow } from "../driver.ts";
import { FileLock } from "../lock.ts";
import { Checkpointer } from "../writer/checkpoint.ts";
import { openWriterFor } from "../writer/open.ts";
import type { WriterState } from "../writer/state.ts";
import { type MoveMark, moved, readMark, removeMark, writeMark } from "./mark.ts";
import { tableScans } from "./tables.ts";

export interface SqliteSourceOptions {
  /** The database file. */
  path: string;
  /** Where it is moved to, without a password: whoever opens the file later is told. */
  address: string;
  /** A page ends with the row that reaches it. Default 4 MiB. */
  pageBytes?: number;
  /** Rows in a page at most. Default 1,000. */
  pageRows?: number;
}

const PAGE_BYTES = 4 * 1024 * 1024;
const PAGE_ROWS = 1_000;

/**
 * Opens a SQLite file to move what it holds. As when it is opened as a store, its sessions are given up: the runs they
 * held are due at once. Throws `store_locked` while a node has it open, `store_moved` if it was moved elsewhere,
 * `invalid_config` if there is no such database, `schema_too_new`, `store_unavailable`.
 */
export async function openSqliteSource(options: SqliteSourceOptions): Promise<MoveSource> {
  if (!existsSync(options.path)) {
    throw new StepfastError("invalid_config", `There is no database ${options.path}: check the path.`);
  }
  const path = realpathSync(options.path);
  const lock = new FileLock(path);
  try {
    let mark: MoveMark | undefined;
    const admit = (db: Database) => {
      mark = markFor(db, options.address);
    };
    const state = openWriterFor({ path, synchronous: "FULL" }, admit);
    if (mark !== undefined) return new SqliteSource({ lock, state, mark, path, options });
    throw new StepfastError("internal", "The database was opened without a mark.");
  } catch (error) {
    lock.release();
    throw StepfastError.is(error) ? error : unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): StepfastError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `The database ${path} cannot be opened: ${reason}; look at the file and the disk.`;
  return new StepfastError("store_unavailable", message, { cause });
}

/** The mark of the move that was begun, or of a new one. */
function markFor(db: Database, address: string): MoveMark {
  const found = readMark(db);
  if (found?.address === address) return found;
  if (found !== undefined && found.stage !== "copying") throw moved(found);
  const mark: MoveMark = { id: randomUUID(), address, stage: "copying" };
  writeMark(db, mark);
  return mark;
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  return value instanceof Uint8Array ? value.byteLength : 8;
}

interface Parts {
  lock: FileLock;
  state: WriterState;
  mark: MoveMark;
  path: string;
  options: SqliteSourceOptions;
}

class SqliteSource implements MoveSource {
  readonly name: string;
  readonly #lock: FileLock;
  readonly #state: WriterState;
  readonly #pageBytes: number;
  readonly #pageRows: number;
  #mark: MoveMark;

  constructor({ lock, state, mark, path, options }: Parts) {
    this.name = path;
    this.#lock = lock;
    this.#state = state;
    this.#mark = mark;
    this.#pageBytes = options.pageBytes ?? PAGE_BYTES;
    this.#pageRows = options.pageRows ?? PAGE_ROWS;
  }

  get moveId(): string {
    return this.#mark.id;
  }

  get stage(): MoveStage {
    return this.#mark.stage;
  }

  async count(table: StoredTable): Promise<number> {
    const sql = `SELECT count(*) FROM ${tableScans[table].name}`;
    return Number(getRow(prepare(this.#state.db, sql))?.[0]);
  }

  async *exportRows<T extends StoredTable>(
    table: T,
    after: string | null,
  ): AsyncGenerator<RowPage<StoredRows[T]>> {
    let cursor = after;
    for (;;) {
      const page = this.#page(table, cursor);
      if (page === undefined) return;
      yield page;
      cursor = page.cursor;
    }
  }

  #page<T extends StoredTable>(table: T, after: string | null): RowPage<StoredRows[T]> | undefined {
    const scan = tableScans[table];
    const places = scan.start.length;
    const from = after === null ? scan.start : (JSON.parse(after) as SqlRow);
    const rows: StoredRows[T][] = [];
    let bytes = 0;
    let last: SqlRow | undefined;
    for (const found of prepare(this.#state.db, scan.sql).iterate(...from)) {
      const values = found as SqlRow;
      last = values.slice(0, places);
      rows.push(scan.decode(values.slice(places)));
      for (const value of values) bytes += lengthOf(value);
      if (bytes >= this.#pageBytes || rows.length >= this.#pageRows) break;
    }
    return last === undefined ? undefined : { rows, cursor: JSON.stringify(last) };
  }

  async mark(stage: MoveStage): Promise<void> {
    const mark = { ...this.#mark, stage };
    writeMark(this.#state.db, mark);
    this.#mark = mark;
  }

  async release(): Promise<void> {
    removeMark(this.#state.db);
  }

  async close(): Promise<void> {
    new Checkpointer(this.#state).empty();
    this.#state.db.close();
    this.#lock.release();
  }
}
