import { type Columns, toArrays, toScalars } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";

/** How a statement gets at the rows that it is about. */
export interface RowSource {
  /** Of a column: `u.run_id`, or the parameter itself where there is one row. */
  value(name: string): string;
  /** After a keyword, all rows: `USING unnest($1::text[]) AS u (run_id)`. Nothing where there is one row. */
  from(keyword: "," | "FROM" | "USING"): string;
  /** What is inserted. */
  readonly rows: string;
}

const allAtOnce = new WeakMap<object, RowSource>();
const oneByOne = new WeakMap<object, RowSource>();

function cached(of: WeakMap<object, RowSource>, columns: object, make: () => RowSource): RowSource {
  let source = of.get(columns);
  if (source === undefined) {
    source = make();
    of.set(columns, source);
  }
  return source;
}

function arraySource<Row>(columns: Columns<Row>): RowSource {
  return cached(allAtOnce, columns, () => ({
    value: (name) => `u.${name}`,
    from: (keyword) => `${keyword} unnest(${columns.arrays}) AS u (${columns.sql})`,
    rows: `SELECT * FROM unnest(${columns.arrays})`,
  }));
}

function scalarSource<Row>(columns: Columns<Row>): RowSource {
  return cached(oneByOne, columns, () => {
    const scalars = columns.scalars.split(", ");
    const byName = new Map(columns.names.map((name, i) => [name, scalars[i] ?? name]));
    return {
      value: (name) => byName.get(name) ?? name,
      from: () => "",
      rows: `VALUES (${columns.scalars})`,
    };
  });
}

/**
 * Statements about rows: one for all of them, as arrays; or one for each, on databases where a row's key says which
 * machine has it. A single row costs any server less without arrays.
 */
export function rowStatements<Row>(
  { profile }: Layout,
  columns: Columns<Row>,
  rows: readonly Row[],
  text: (source: RowSource) => string,
): Statement[] {
  if (rows.length === 0) return [];
  if (!profile.isDistributed && rows.length > 1)
    return [{ text: text(arraySource(columns)), values: toArrays(columns, rows) }];
  const single = text(scalarSource(columns));
  return rows.map((row) => ({ text: single, values: toScalars(columns, row) }));
}

/** The same for rows that are found by one id each, in order. `is`: `= $1::text`, or that of any of them. */
export function idStatements(
  { profile }: Layout,
  ids: Iterable<string>,
  text: (is: string) => string,
): Statement[] {
  const all = [...ids];
  if (all.length === 0) return [];
  if (!profile.isDistributed) return [{ text: text("= ANY ($1::text[])"), values: [textArray(all)] }];
  const single = text("= $1::text");
  return all.sort().map((id) => ({ text: single, values: [id] }));
}
