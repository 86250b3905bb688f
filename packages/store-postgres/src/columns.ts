import type {
  AppRow,
  AttemptRow,
  DocumentRow,
  EventRow,
  FunctionRow,
  GateRow,
  KeyRow,
  LargeValueRow,
  MessageRow,
  MetadataRow,
  ParkedRun,
  RunPatch,
  RunRow,
  StepRow,
  WaitRow,
} from "@stepfast/store";
import { numberArray, storable, textArray } from "./connection/arrays.ts";
import type { Parameter, SqlRow } from "./connection/pipeline.ts";

type ColumnType = "text" | "number";

/** The columns of a table, in one order for SQL and for rows. */
export interface Columns<Row> {
  readonly keys: readonly (keyof Row & string)[];
  readonly types: readonly ColumnType[];
  /** `a_column, "user"` */
  readonly sql: string;
  /** `a_column, "user"`, apart. */
  readonly names: readonly string[];
  /** `$1::text[], $2::float8[]` */
  readonly arrays: string;
  /** `$1::text, $2::float8` */
  readonly scalars: string;
}

/** Every key of the row type must be there: the compiler sees to it. */
export function columns<Row>(all: Record<keyof Row & string, ColumnType>): Columns<Row> {
  const keys = Object.keys(all) as (keyof Row & string)[];
  const types = keys.map((key) => all[key]);
  const names = keys.map(columnName);
  const scalars = types.map((type, i) => `$${i + 1}::${type === "text" ? "text" : "float8"}`);
  const arrays = scalars.map((scalar) => `${scalar}[]`).join(", ");
  return { keys, types, names, sql: names.join(", "), arrays, scalars: scalars.join(", ") };
}

const withNumbers = new WeakMap<object, Columns<unknown>>();

/** The same and `seq`, where the store gives the number. */
export function withNumber<Row>(of: Columns<Row>): Columns<Row & { seq: number }> {
  let numbered = withNumbers.get(of) as Columns<Row & { seq: number }> | undefined;
  if (numbered === undefined) {
    const types = Object.fromEntries(of.keys.map((key, index) => [key, of.types[index]]));
    numbered = columns({ ...types, seq: "number" } as Record<
      keyof (Row & { seq: number }) & string,
      ColumnType
    >);
    withNumbers.set(of, numbered as Columns<unknown>);
  }
  return numbered;
}

/** `user` is a word of SQL's own. */
export function columnName(key: string): string {
  if (key === "user") return '"user"';
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const eventColumns = columns<EventRow>({
  id: "text",
  key: "text",
  name: "text",
  data: "text",
  user: "text",
  v: "text",
  meta: "text",
  ts: "number",
  receivedAt: "number",
  runId: "text",
});

export const keyColumns = columns<KeyRow>({
  scope: "text",
  key: "text",
  value: "text",
  createdAt: "number",
  expiresAt: "number",
});

export const runColumns = columns<RunRow>({
  id: "text",
  functionId: "text",
  appId: "text",
  status: "text",
  origin: "text",
  eventId: "text",
  eventIds: "text",
  parentRunId: "text",
  parentStepId: "text",
  queuedAt: "number",
  startedAt: "number",
  endedAt: "number",
  output: "text",
  attempt: "number",
  retryAt: "number",
  requestVersion: "number",
  cancel: "text",
  startBy: "number",
  finishBy: "number",
  wakeAt: "number",
  owner: "text",
  epoch: "number",
  blocked: "text",
  rank: "number",
  flow: "text",
  gate: "text",
  originalRunId: "text",
  fork: "text",
});

/** What a patch may change; its place is its bit in a patch's mask. */
export const patchColumns = columns<Omit<RunPatch, "id">>({
  status: "text",
  startedAt: "number",
  endedAt: "number",
  output: "text",
  attempt: "number",
  retryAt: "number",
  finishBy: "number",
  requestVersion: "number",
  cancel: "text",
  wakeAt: "number",
  owner: "text",
  blocked: "text",
  rank: "number",
  flow: "text",
  gate: "text",
  epoch: "number",
});

export const stepColumns = columns<StepRow>({
  runId: "text",
  no: "number",
  stepId: "text",
  op: "text",
  name: "text",
  userId: "text",
  status: "text",
  attempt: "number",
  dueAt: "number",
  opts: "text",
  output: "text",
  settledNo: "number",
  queuedAt: "number",
  startedAt: "number",
  endedAt: "number",
  childRunId: "text",
});

export const attemptColumns = columns<AttemptRow>({
  runId: "text",
  stepId: "text",
  attempt: "number",
  startedAt: "number",
  endedAt: "number",
  error: "text",
});

export const metadataColumns = columns<MetadataRow>({
  runId: "text",
  stepId: "text",
  attempt: "number",
  kind: "text",
  op: "text",
  content: "text",
  createdAt: "number",
});

export const waitColumns = columns<WaitRow>({
  runId: "text",
  stepId: "text",
  kind: "text",
  name: "text",
  path: "text",
  key: "text",
  expression: "text",
  eventId: "text",
  createdAt: "number",
  expiresAt: "number",
});

export const messageColumns = columns<MessageRow>({
  id: "text",
  runId: "text",
  kind: "text",
  stepId: "text",
  payload: "text",
  createdAt: "number",
});

export const gateColumns = columns<GateRow>({
  id: "text",
  kind: "text",
  functionId: "text",
  stamp: "text",
  state: "text",
  dueAt: "number",
});

/** Of a run that waits at a gate. */
export const parkedColumns = columns<ParkedRun>({
  id: "text",
  functionId: "text",
  appId: "text",
  rank: "number",
  flow: "text",
  queuedAt: "number",
  epoch: "number",
  startBy: "number",
});

export const appColumns = columns<AppRow>({
  id: "text",
  url: "text",
  sdk: "text",
  framework: "text",
  appVersion: "text",
  error: "text",
  checksum: "text",
  createdAt: "number",
  syncedAt: "number",
});

export const functionColumns = columns<FunctionRow>({
  id: "text",
  appId: "text",
  name: "text",
  config: "text",
  version: "number",
  createdAt: "number",
  archivedAt: "number",
  paused: "text",
  overrides: "text",
});

export const documentColumns = columns<DocumentRow>({
  kind: "text",
  id: "text",
  body: "text",
  version: "number",
  createdAt: "number",
  updatedAt: "number",
});

export const largeValueColumns = columns<LargeValueRow>({
  home: "text",
  place: "text",
  part: "number",
  value: "text",
});

/** Reads a row whose first values are those of the columns. */
export function toRow<Row>({ keys, types }: Columns<Row>, values: SqlRow, from = 0): Row {
  const row: Record<string, string | number | null> = {};
  for (let i = 0; i < keys.length; i++) {
    const value = values[from + i] ?? null;
    row[keys[i] as string] = value !== null && types[i] === "number" ? Number(value) : value;
  }
  return row as Row;
}

/** The rows as one array for each column. */
export function toArrays<Row>({ keys, types }: Columns<Row>, rows: readonly Row[]): Buffer[] {
  return keys.map((key, i) => {
    const values = rows.map((row) => row[key] ?? null);
    return types[i] === "text"
      ? textArray(values as (string | null)[])
      : numberArray(values as (number | null)[]);
  });
}

/** A row as one parameter for each column. */
export function toScalars<Row>({ keys, types }: Columns<Row>, row: Row): Parameter[] {
  return keys.map((key, i) => {
    const value = (row[key] ?? null) as string | number | null;
    return value === null || types[i] === "number" ? value : storable(String(value));
  });
}

/** `a = excluded.a, b = excluded.b` for all columns but these. */
export function replaceAllBut<Row>({ names }: Columns<Row>, kept: readonly string[]): string {
  const replaced = names.filter((name) => !kept.includes(name));
  return replaced.map((name) => `${name} = excluded.${name}`).join(", ");
}
