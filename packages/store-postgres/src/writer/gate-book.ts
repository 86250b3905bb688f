import { StepfastError } from "@stepfast/protocol";
import type { GateRow } from "@stepfast/store";
import { gateColumns, toArrays } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Book } from "./book.ts";

interface Gate {
  /** Null: there is none. */
  stamp: string | null;
  readonly isStored: boolean;
  /** To be written. */
  row: GateRow | null;
}

const sets = gateColumns.names.filter((name) => name !== "id").map((name) => `${name} = u.${name}`);

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

  reads(schema: string): Query[] {
    if (this.#gates.size === 0) return [];
    const text = `SELECT id, stamp FROM ${schema}.gates WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`;
    const take: Query["take"] = ({ rows }) => {
      for (const [id, stamp = null] of rows)
        this.#gates.set(String(id), { stamp, isStored: true, row: null });
    };
    return [{ text, values: [textArray([...this.#gates.keys()])], take }];
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

  writes(schema: string): Statement[] {
    const replaced: GateRow[] = [];
    const made: GateRow[] = [];
    const gone: string[] = [];
    for (const [id, { stamp, isStored, row }] of this.#gates) {
      if (isStored && row !== null) replaced.push(row);
      else if (isStored && stamp === null) gone.push(id);
      else if (row !== null) made.push(row);
      else if (!isStored && this.#guarded.has(id)) made.push(keepOut(id, gone));
    }
    const statements: Statement[] = [];
    if (replaced.length > 0) statements.push(updateGates(schema, replaced));
    if (made.length > 0) statements.push(insertGates(schema, made.sort(byId)));
    if (gone.length > 0) statements.push(deleteGates(schema, gone));
    return statements;
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

function updateGates(schema: string, rows: GateRow[]): Statement {
  const text = `UPDATE ${schema}.gates g SET ${sets.join(", ")}
    FROM unnest(${gateColumns.arrays}) AS u (${gateColumns.sql}) WHERE g.id = u.id`;
  return { text, values: toArrays(gateColumns, rows) };
}

/** Fails if another node made one of them meanwhile: then the batch looks again. */
function insertGates(schema: string, rows: GateRow[]): Statement {
  const text = `INSERT INTO ${schema}.gates (${gateColumns.sql}) SELECT * FROM unnest(${gateColumns.arrays})`;
  return { text, values: toArrays(gateColumns, rows) };
}

function deleteGates(schema: string, ids: string[]): Statement {
  return { text: `DELETE FROM ${schema}.gates WHERE id = ANY ($1::text[])`, values: [textArray(ids)] };
}
