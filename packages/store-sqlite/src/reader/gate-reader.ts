import type { GateFilter, GateRow, ParkedRun, Store } from "@stepfast/store";
import { gateColumns, parkedColumns } from "../columns.ts";
import { getRow } from "../driver.ts";
import { gateQuery } from "./filters.ts";
import type { Statements } from "./statements.ts";

const select = {
  some: `SELECT ${gateColumns.sql} FROM gates WHERE id IN (SELECT value FROM json_each(?))`,
  due: `SELECT ${gateColumns.sql} FROM gates WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
  nextAt: "SELECT due_at FROM gates WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1",
  parked: `SELECT ${parkedColumns.sql} FROM runs INDEXED BY runs_by_gate
    WHERE gate = ? AND (rank, id) > (?, ?) AND status IN ('queued', 'running') ORDER BY rank, id LIMIT ?`,
};

/** Gates, and the runs that wait at them. */
export class GateReader {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  get(ids: string[]): GateRow[] {
    return this.#statements.rows(gateColumns, { sql: select.some, parameters: [JSON.stringify(ids)] });
  }

  list(filter: GateFilter, bound?: string): GateRow[] {
    return this.#statements.rows(gateColumns, gateQuery(filter, bound));
  }

  due({ now, limit }: { now: number; limit: number }): GateRow[] {
    return this.#statements.rows(gateColumns, { sql: select.due, parameters: [now, Math.max(0, limit)] });
  }

  nextAt(): number | null {
    return (getRow(this.#statements.sql(select.nextAt))?.[0] ?? null) as number | null;
  }

  parked({ gate, after, limit }: Parameters<Store["listParked"]>[0]): ParkedRun[] {
    const { rank, id } = after ?? { rank: -Infinity, id: "" };
    const parameters = [gate, rank, id, Math.max(0, limit)];
    return this.#statements.rows(parkedColumns, { sql: select.parked, parameters });
  }
}
