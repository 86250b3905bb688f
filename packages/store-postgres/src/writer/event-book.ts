import { type EventRow, valuePlaces } from "@stepfast/store";
import { eventColumns } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import type { Book } from "./book.ts";
import { LargeValues } from "./large-values.ts";
import { idStatements, rowStatements } from "./row-statements.ts";

/** The events of a batch. */
export class EventBook implements Book {
  readonly #wanted = new Set<string>();
  readonly #known = new Set<string>();
  readonly #rows: EventRow[] = [];

  want(id: string): void {
    this.#wanted.add(id);
  }

  reads(layout: Layout): Query[] {
    const text = (is: string) => `SELECT id FROM ${layout.schema}.events WHERE id ${is}`;
    const take: Query["take"] = ({ rows }) => {
      for (const [id] of rows) this.#known.add(String(id));
    };
    return idStatements(layout, this.#wanted, text).map((statement) => ({ ...statement, take }));
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

  writes(layout: Layout): Statement[] {
    const into = `INSERT INTO ${layout.schema}.events (${eventColumns.sql})`;
    const large = new LargeValues(layout);
    const events = this.#rows.map((row) => {
      const data = large.apart(row.data, row.id, valuePlaces.data) ?? row.data;
      return data === row.data ? row : { ...row, data };
    });
    return [
      ...rowStatements(layout, eventColumns, events, ({ rows }) => `${into} ${rows}`),
      ...large.writes(),
    ];
  }
}
