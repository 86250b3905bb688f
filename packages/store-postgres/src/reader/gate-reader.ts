import type { GateFilter, GateRow, ParkedRun, Store } from "@stepfast/store";
import { type Columns, gateColumns, parkedColumns } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import { gateQuery } from "./filters.ts";

type Rows = <Row>(columns: Columns<Row>, statement: Statement) => Promise<Row[]>;

/** Gates, and the runs that wait at them. */
export class GateReader {
  readonly #schema: string;
  readonly #rows: Rows;

  constructor(schema: string, rows: Rows) {
    this.#schema = schema;
    this.#rows = rows;
  }

  get(ids: string[]): Promise<GateRow[]> {
    const text = `SELECT ${gateColumns.sql} FROM ${this.#schema}.gates WHERE id = ANY ($1::text[])`;
    return this.#rows(gateColumns, { text, values: [textArray(ids)] });
  }

  list(filter: GateFilter): Promise<GateRow[]> {
    return this.#rows(gateColumns, gateQuery(this.#schema, filter));
  }

  due({ now, limit }: { now: number; limit: number }): Promise<GateRow[]> {
    const text = `SELECT ${gateColumns.sql} FROM ${this.#schema}.gates
      WHERE due_at IS NOT NULL AND due_at <= $1::float8 ORDER BY due_at, id LIMIT $2::int`;
    return this.#rows(gateColumns, { text, values: [now, Math.max(0, limit)] });
  }

  async nextAt(): Promise<number | null> {
    const text = `SELECT ${gateColumns.sql} FROM ${this.#schema}.gates
      WHERE due_at IS NOT NULL ORDER BY due_at, id LIMIT 1`;
    const [first] = await this.#rows(gateColumns, { text });
    return first?.dueAt ?? null;
  }

  parked({ gate, after, limit }: Parameters<Store["listParked"]>[0]): Promise<ParkedRun[]> {
    const { rank, id } = after ?? { rank: -Infinity, id: "" };
    const text = `SELECT ${parkedColumns.sql} FROM ${this.#schema}.runs WHERE gate = $1::text
      AND (rank, id) > ($2::float8, $3::text) AND status IN ('queued', 'running') ORDER BY rank, id LIMIT $4::int`;
    return this.#rows(parkedColumns, { text, values: [gate, rank, id, Math.max(0, limit)] });
  }
}
