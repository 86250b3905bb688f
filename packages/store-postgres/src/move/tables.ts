import {
  type KeyRow,
  orderedTables,
  type RunRow,
  type StoredRows,
  type StoredTable,
  type WaitRow,
} from "@stepfast/store";
import {
  appColumns,
  attemptColumns,
  type Columns,
  columns,
  documentColumns,
  eventColumns,
  functionColumns,
  gateColumns,
  keyColumns,
  largeValueColumns,
  messageColumns,
  metadataColumns,
  runColumns,
  stepColumns,
  toArrays,
  waitColumns,
} from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import { profileOf } from "../profile.ts";
import { matchOf } from "../wait-key.ts";
import { insertBatchEvents } from "../writer/batch-events.ts";
import { storedKey } from "../writer/key-book.ts";

const waitPathColumns = columns<StoredRows["waitPaths"]>({ name: "text", path: "text" });

const columnsOf: { [T in StoredTable]: Columns<StoredRows[T]> } = {
  apps: appColumns,
  functions: functionColumns,
  events: eventColumns,
  keys: keyColumns,
  runs: runColumns,
  steps: stepColumns,
  attempts: attemptColumns,
  metadata: metadataColumns,
  waits: waitColumns,
  waitPaths: waitPathColumns,
  messages: messageColumns,
  gates: gateColumns,
  documents: documentColumns,
  largeValues: largeValueColumns,
};

/** Its name in SQL. */
export function sqlName(table: StoredTable): string {
  if (table === "waitPaths") return "wait_paths";
  return table === "largeValues" ? "large_values" : table;
}

export function columnsFor<T extends StoredTable>(table: T): Columns<StoredRows[T]> {
  return columnsOf[table];
}

/** Adds rows that are not there. What has an order of arrival arrives in theirs. */
export function insertRows<T extends StoredTable>(
  schema: string,
  table: T,
  rows: StoredRows[T][],
): Statement[] {
  const { sql, arrays, keys } = columnsFor(table);
  const into = `INSERT INTO ${schema}.${sqlName(table)}`;
  const stored = rows.map((row) => asStored(table, row));
  const values = toArrays(columnsFor(table), stored);
  const insert = { text: `${into} (${sql}) SELECT * FROM unnest(${arrays})`, values };
  if (table === "runs") {
    const layout = { schema, profile: profileOf() };
    return [insert, ...insertBatchEvents(layout, rows as RunRow[])];
  }
  if (table !== "waits") return [insert];
  const matches = textArray((rows as WaitRow[]).map(({ key }) => matchOf(key)));
  const text = `${into} (${sql}, match) SELECT * FROM unnest(${arrays}, $${keys.length + 1}::text[])`;
  return [{ text, values: [...values, matches] }];
}

/** All rows; in their order of arrival where there is one. */
export function selectRows(schema: string, table: StoredTable): string {
  const order = orderedTables.has(table) ? " ORDER BY seq" : "";
  return `SELECT ${columnsFor(table).sql} FROM ${schema}.${sqlName(table)}${order}`;
}

/** Only keys are kept in a form of their own. */
export function asStored<T extends StoredTable>(table: T, row: StoredRows[T]): StoredRows[T] {
  if (table !== "keys") return row;
  const key = row as KeyRow;
  return { ...key, key: storedKey(key.key) } as StoredRows[T];
}
