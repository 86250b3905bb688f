import { StepfastError } from "@stepfast/protocol";
import type { MoveProgress, MoveTarget, RowPage, StoredRows, StoredTable } from "@stepfast/store";
import { toRow } from "../columns.ts";
import type { Connection, Connections } from "../connection/connections.ts";
import { reasonOf } from "../connection/failure.ts";
import { rowCount } from "../connection/pipeline.ts";
import { migrate } from "../migrate.ts";
import { profileOf } from "../profile.ts";
import { type Move, moveIn, otherMove, progressOf, recordMove, requireUnused } from "./staging.ts";
import { asStored, columnsFor, insertRows, selectRows, sqlName } from "./tables.ts";

/** Rows are large at times: this many of the largest are in memory at once. */
const FETCHED_ROWS = 100;
const FETCHED_VALUES = 8;

/**
 * Rows are filled into a schema beside the one that nodes use, and take its place in one transaction: no node ever sees
 * half of them.
 */
export class PostgresTarget implements MoveTarget {
  readonly #connections: Connections;
  readonly #schema: string;
  readonly #staging: string;

  constructor(connections: Connections, schema: string) {
    this.#connections = connections;
    this.#schema = schema;
    this.#staging = `${schema}_moving`;
  }

  begin(move: Move): Promise<boolean> {
    return this.#use(async (connection) => {
      const before = await moveIn(connection, this.#schema);
      if (before?.moveId === move.moveId) return false;
      await requireUnused(connection, this.#schema, { isAlone: false });
      await this.#prepareStaging(connection, move);
      return true;
    });
  }

  async #prepareStaging(connection: Connection, move: Move): Promise<void> {
    const found = await moveIn(connection, this.#staging);
    if (found !== undefined && found.source !== move.source) throw otherMove(this.#staging, found.source);
    const isGoingOn = found?.moveId === move.moveId;
    // What an earlier move of the same source left is of what the source was then.
    if (found !== undefined && !isGoingOn) await connection.script(`DROP SCHEMA ${this.#staging} CASCADE`);
    await migrate(this.#connections, { schema: this.#staging, profile: profileOf() });
    if (!isGoingOn) await recordMove(connection, this.#staging, move);
  }

  progress(table: StoredTable): Promise<MoveProgress> {
    return this.#use(async (connection) => {
      const text = `SELECT position, row_count FROM ${progressOf(this.#staging)} WHERE table_name = $1`;
      const [answer] = await connection.send([{ text, values: [table] }]);
      const [cursor = null, rows] = answer?.rows[0] ?? [];
      return { cursor, rows: Number(rows ?? 0) };
    });
  }

  importRows<T extends StoredTable>(
    table: T,
    { rows, cursor }: RowPage<StoredRows[T]>,
    after: string | null,
  ): Promise<void> {
    const text = `UPDATE ${progressOf(this.#staging)} SET position = $1, row_count = row_count + $2::int
      WHERE table_name = $3 AND position IS NOT DISTINCT FROM $4::text`;
    const values = [cursor, rows.length, table, after];
    return this.#use(async (connection) => {
      const [, noted] = await connection.send([{ text: "BEGIN" }, { text, values }]);
      if (rowCount(noted) !== 1) throw crossed(table);
      await connection.send([...insertRows(this.#staging, table, rows), { text: "COMMIT" }]);
    });
  }

  asStored<T extends StoredTable>(table: T, row: StoredRows[T]): StoredRows[T] {
    return asStored(table, row);
  }

  async *exportRows<T extends StoredTable>(table: T): AsyncGenerator<StoredRows[T][]> {
    const connection = await this.#connections.open();
    const name = `moved_${sqlName(table)}`;
    const columns = columnsFor(table);
    const count = table === "largeValues" ? FETCHED_VALUES : FETCHED_ROWS;
    let isDone = false;
    try {
      const declare = `DECLARE ${name} NO SCROLL CURSOR FOR ${selectRows(this.#staging, table)}`;
      await connection.send([{ text: "BEGIN READ ONLY" }, { text: declare }]);
      while (!isDone) {
        const [answer] = await connection.send([{ text: `FETCH ${count} FROM ${name}` }]);
        const rows = answer?.rows ?? [];
        isDone = rows.length === 0;
        if (!isDone) yield rows.map((values) => toRow(columns, values));
      }
      await connection.send([{ text: "COMMIT" }]);
    } catch (cause) {
      isDone = false;
      throw failed(cause);
    } finally {
      if (isDone) connection.release();
      else connection.discard();
    }
  }

  finish(): Promise<void> {
    return this.#use(async (connection) => {
      await connection.script("BEGIN; SET LOCAL lock_timeout = '5s'");
      await requireUnused(connection, this.#schema, { isAlone: true });
      await connection.script(`DROP SCHEMA IF EXISTS ${this.#schema} CASCADE;
        ALTER SCHEMA ${this.#staging} RENAME TO ${this.#schema}; COMMIT`);
    });
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  /** A connection on which something fails is not used again: what it had begun is undone. */
  async #use<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    try {
      return await this.#connections.use(work);
    } catch (cause) {
      throw failed(cause);
    }
  }
}

function crossed(table: string): StepfastError {
  return new StepfastError(
    "store_unavailable",
    `Somebody else is moving rows of ${table} to the same place: let one of them end, then run the command again.`,
  );
}

function failed(cause: unknown): unknown {
  if (StepfastError.is(cause)) return cause;
  const message = `PostgreSQL did not carry on: ${reasonOf(cause)}; run the command again, it goes on from there.`;
  return new StepfastError("store_unavailable", message, { cause });
}
