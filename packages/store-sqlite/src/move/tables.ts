import type { KeyRow, LargeValueRow, StoredRows, StoredTable, WaitPathRow } from "@stepfast/store";
import {
  appColumns,
  attemptColumns,
  type Columns,
  documentColumns,
  eventColumns,
  functionColumns,
  gateColumns,
  keyColumns,
  messageColumns,
  metadataColumns,
  runColumns,
  stepColumns,
  toRow,
  waitColumns,
} from "../columns.ts";
import type { SqlRow, SqlValue } from "../driver.ts";
import { partText } from "../large-text.ts";

/** A table in an order in which it can be read on from any place. */
export interface TableScan<Row> {
  /** The table's name in SQL. */
  name: string;
  /** The place's columns, then the row's. Its parameters are the place after which to go on. */
  sql: string;
  /** Before the first row. */
  start: readonly SqlValue[];
  decode(values: SqlRow): Row;
}

type Scans = { [T in StoredTable]: TableScan<StoredRows[T]> };

const ofRun = "(SELECT id FROM runs WHERE runs.rid = t.rid)";

/** By order of arrival. */
function byRowId<Row>(name: string, columns: Columns<Row>): TableScan<Row> {
  const sql = `SELECT rowid, ${columns.sql} FROM ${name} WHERE rowid > ? ORDER BY rowid`;
  return { name, sql, start: [0], decode: (values) => toRow(columns, values) };
}

/** The same for rows that hold the number of their run. */
function byRowIdOfRun<Row>(name: string, columns: Columns<Row>): TableScan<Row & { runId: string }> {
  const sql = `SELECT rowid, ${ofRun}, ${columns.sql} FROM ${name} t WHERE rowid > ? ORDER BY rowid`;
  const decode = ([runId, ...values]: SqlRow) => ({ runId: String(runId), ...toRow(columns, values) });
  return { name, sql, start: [0], decode };
}

/** By its primary key, of texts. */
function byKey<Row>(
  name: string,
  columns: Pick<Columns<Row>, "keys" | "sql">,
  key: string[],
): TableScan<Row> {
  const list = key.join(", ");
  const marks = key.map(() => "?").join(", ");
  const sql = `SELECT ${list}, ${columns.sql} FROM ${name} WHERE (${list}) > (${marks}) ORDER BY ${list}`;
  const decode = (values: SqlRow) => toRow({ marks: "", ...columns }, values);
  return { name, sql, start: key.map(() => ""), decode };
}

const keysByKey = byKey("keys", keyColumns, ["scope", "key"]);

/** Some keys are kept as JSON: see `encode.ts`. */
function decodeKey(values: SqlRow): KeyRow {
  const row = keysByKey.decode(values);
  return row.key.startsWith('"') ? { ...row, key: JSON.parse(row.key) } : row;
}

/** By order of arrival: in bytes. */
const largeValues: TableScan<LargeValueRow> = {
  name: "large_values",
  sql: "SELECT rowid, home, place, part, value FROM large_values WHERE rowid > ? ORDER BY rowid",
  start: [0],
  decode: ([home, place, part, value]) => ({
    home: String(home),
    place: String(place),
    part: Number(part),
    value: partText(value),
  }),
};

const waitPathColumns = { keys: ["name", "path"], sql: "name, path" } as const;

export const tableScans: Scans = {
  apps: byKey("apps", appColumns, ["id"]),
  functions: byKey("functions", functionColumns, ["id"]),
  events: byRowId("events", eventColumns),
  keys: { ...keysByKey, decode: decodeKey },
  runs: byRowId("runs", runColumns),
  steps: byRowIdOfRun("steps", stepColumns),
  attempts: byRowIdOfRun("attempts", attemptColumns),
  metadata: byRowIdOfRun("metadata", metadataColumns),
  waits: byRowId("waits", waitColumns),
  waitPaths: byKey<WaitPathRow>("wait_paths", waitPathColumns, ["name", "path"]),
  messages: byRowIdOfRun("messages", messageColumns),
  gates: byKey("gates", gateColumns, ["id"]),
  documents: byKey("documents", documentColumns, ["kind", "id"]),
  largeValues,
};
