import { type Columns, withNumber } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";
import { rowStatements } from "./row-statements.ts";
import { nextNumber } from "./serial-number.ts";

/** Adds rows to a table whose `seq` is their order of arrival. */
export function appendedRows<Row>(
  layout: Layout,
  table: string,
  columns: Columns<Row>,
  rows: Row[],
): Statement[] {
  const into = `INSERT INTO ${layout.schema}.${table}`;
  if (!layout.profile.isDistributed)
    return rowStatements(layout, columns, rows, (source) => `${into} (${columns.sql}) ${source.rows}`);
  const numbered = withNumber(columns);
  const counted = rows.map((row) => ({ ...row, seq: nextNumber() }));
  return rowStatements(layout, numbered, counted, (source) => `${into} (${numbered.sql}) ${source.rows}`);
}
