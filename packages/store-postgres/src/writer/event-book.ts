import type { EventRow } from "@stepfast/store";
import { eventColumns, source } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Book } from "./book.ts";

/** The events of a batch. */
export class EventBook implements Book {
  readonly #wanted = new Set<string>();
  readonly #known = new Set<string>();
  readonly #rows: EventRow[] = [];

  want(id: string): void {
    this.#wanted.add(id);
  }

  reads(schema: string): Query[] {
    if (this.#wanted.size === 0) return [];
    const text = `SELECT id FROM ${schema}.events WHERE id = ANY ($1::text[])`;
    const take: Query["take"] = ({ rows }) => {
      for (const [id] of rows) this.#known.add(String(id));
    };
    return [{ text, values: [textArray([...this.#wanted])], take }];
  }

  /** The first whose id is taken. */
  findKnown(rows: EventRow[]): EventRow | undefined {
    const ids = new Set<string>();
    return rows.find(({ id }) => {
      if (ids.has(id) || this.#known.has(id)) return true;
      ids.add(id);
      return false;
    });
  }

  add(row: EventRow): void {
    this.#known.add(row.id);
    this.#rows.push(row);
  }

  writes(schema: string): Statement[] {
    if (this.#rows.length === 0) return [];
    const { from, values } = source(eventColumns, this.#rows);
    return [{ text: `INSERT INTO ${schema}.events (${eventColumns.sql}) ${from}`, values }];
  }
}
