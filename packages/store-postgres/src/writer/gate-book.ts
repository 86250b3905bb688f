import { StepfastError } from "@stepfast/protocol";
import type { GateRow } from "@stepfast/store";
import { gateColumns } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import type { Book } from "./book.ts";
import { idStatements, type RowSource, rowStatements } from "./row-statements.ts";

interface Gate {
  /** Null: there is none. */
  stamp: string | null;
  readonly isStored: boolean;
  /** To be written. */
  row: GateRow | null;
}

/** The gates of a batch. Those that are there stay locked to its end, and those that are not are not made by others. */
export class GateBook implements Book {
  readonly #gates = new Map<string, Gate>();
  readonly #guarded = new Set<string>();

  want(id: string): void {
    this.#gates.set(id, { stamp: null, isStored: false, row: null });
  }

  /** The batch relies on what the gate is, also on that there is none. */
  wantGuarded(id: string): void {
    this.want(id);
    this.#guarded.add(id);
  }

  reads(layout: Layout): Query[] {
    const text = (is: string) => `SELECT id, stamp FROM ${layout.schema}.gates
      WHERE id ${is} ORDER BY id FOR UPDATE`;
    const take: Query["take"] = ({ rows }) => {
      for (const [id, stamp = null] of rows)
        this.#gates.set(String(id), { stamp, isStored: true, row: null });
    };
    return idStatements(layout, this.#gates.keys(), text).map((statement) => ({ ...statement, take }));
  }

  /** Null: there is none. */
  stamp(id: string): string | null {
    return this.#of(id).stamp;
  }

  put(row: GateRow): void {
    Object.assign(this.#of(row.id), { stamp: row.stamp, row });
  }

  end(id: string): void {
    Object.assign(this.#of(id), { stamp: null, row: null });
  }

  #of(id: string): Gate {
    const gate = this.#gates.get(id);
    if (gate === undefined) throw new StepfastError("internal", `The gate ${id} was not read.`);
    return gate;
  }

  writes(layout: Layout): Statement[] {
    const replaced: GateRow[] = [];
    const made: GateRow[] = [];
    const gone: string[] = [];
    for (const [id, { stamp, isStored, row }] of this.#gates) {
      if (isStored && row !== null) replaced.push(row);
      else if (isStored && stamp === null) gone.push(id);
      else if (row !== null) made.push(row);
      else if (!isStored && this.#guarded.has(id)) made.push(keepOut(id, gone));
    }
    const table = `${layout.schema}.gates`;
    return [
      ...rowStatements(layout, gateColumns, replaced.sort(byId), (source) => updateText(table, source)),
      // Fails if another node made one of them meanwhile: then the batch looks again.
      ...rowStatements(
        layout,
        gateColumns,
        made.sort(byId),
        ({ rows }) => `INSERT INTO ${table} (${gateColumns.sql}) ${rows}`,
      ),
      ...idStatements(layout, gone, (is) => `DELETE FROM ${table} WHERE id ${is}`),
    ];
  }
}

/** A row that is there only within the transaction: whoever makes the same gate at the same time is stopped by it. */
function keepOut(id: string, gone: string[]): GateRow {
  gone.push(id);
  return { id, kind: "lane", functionId: null, stamp: "", state: "", dueAt: null };
}

function byId(a: GateRow, b: GateRow): number {
  return a.id < b.id ? -1 : 1;
}

function updateText(table: string, { from, value }: RowSource): string {
  const sets = gateColumns.names.filter((name) => name !== "id").map((name) => `${name} = ${value(name)}`);
  return `UPDATE ${table} g SET ${sets.join(", ")} ${from("FROM")} WHERE g.id = ${value("id")}`;
}
