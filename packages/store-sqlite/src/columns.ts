import type {
  AppRow,
  AttemptRow,
  DocumentRow,
  EventRow,
  FunctionRow,
  GateRow,
  KeyRow,
  MessageRow,
  MetadataRow,
  ParkedRun,
  RunPatch,
  RunRow,
  StepRow,
  WaitRow,
} from "@stepfast/store";
import type { SqlRow, SqlValue } from "./driver.ts";
import type { RequestValue } from "./message.ts";

/** The columns of a table, in one order for SQL, for messages between threads and for rows. */
export interface Columns<Row> {
  readonly keys: readonly (keyof Row & string)[];
  /** `a_column, b_column` */
  readonly sql: string;
  /** `?, ?` */
  readonly marks: string;
}

/** Every key of the row type must be there: the compiler sees to it. */
function columns<Row>(all: Record<keyof Row & string, true>): Columns<Row> {
  const keys = Object.keys(all) as (keyof Row & string)[];
  return { keys, sql: keys.map(snakeCase).join(", "), marks: keys.map(() => "?").join(", ") };
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const eventColumns = columns<EventRow>({
  id: true,
  key: true,
  name: true,
  data: true,
  user: true,
  v: true,
  meta: true,
  ts: true,
  receivedAt: true,
  runId: true,
});

export const keyColumns = columns<KeyRow>({
  scope: true,
  key: true,
  value: true,
  createdAt: true,
  expiresAt: true,
});

export const runColumns = columns<RunRow>({
  id: true,
  functionId: true,
  appId: true,
  status: true,
  origin: true,
  eventId: true,
  eventIds: true,
  parentRunId: true,
  parentStepId: true,
  queuedAt: true,
  startedAt: true,
  endedAt: true,
  output: true,
  attempt: true,
  retryAt: true,
  requestVersion: true,
  cancel: true,
  startBy: true,
  finishBy: true,
  wakeAt: true,
  owner: true,
  epoch: true,
  blocked: true,
  rank: true,
  flow: true,
  gate: true,
  originalRunId: true,
  fork: true,
});

/** What a patch may change; its place is its bit in a patch's mask. */
export const patchColumns = columns<Omit<RunPatch, "id">>({
  status: true,
  startedAt: true,
  endedAt: true,
  output: true,
  attempt: true,
  retryAt: true,
  finishBy: true,
  requestVersion: true,
  cancel: true,
  wakeAt: true,
  owner: true,
  blocked: true,
  rank: true,
  flow: true,
  gate: true,
  epoch: true,
});

/** Without the run's id: the table has its `rid`. */
export const stepColumns = columns<Omit<StepRow, "runId">>({
  no: true,
  stepId: true,
  op: true,
  name: true,
  userId: true,
  status: true,
  attempt: true,
  dueAt: true,
  opts: true,
  output: true,
  settledNo: true,
  queuedAt: true,
  startedAt: true,
  endedAt: true,
  childRunId: true,
});

/** Without the run's id: the table has its `rid`. */
export const attemptColumns = columns<Omit<AttemptRow, "runId">>({
  stepId: true,
  attempt: true,
  startedAt: true,
  endedAt: true,
  error: true,
});

/** Without the run's id: the table has its `rid`. */
export const metadataColumns = columns<Omit<MetadataRow, "runId">>({
  stepId: true,
  attempt: true,
  kind: true,
  op: true,
  content: true,
  createdAt: true,
});

export const waitColumns = columns<WaitRow>({
  runId: true,
  stepId: true,
  kind: true,
  name: true,
  path: true,
  key: true,
  expression: true,
  eventId: true,
  createdAt: true,
  expiresAt: true,
});

/** Without the run's id: the table has its `rid`. */
export const messageColumns = columns<Omit<MessageRow, "runId">>({
  id: true,
  kind: true,
  stepId: true,
  payload: true,
  createdAt: true,
});

export const gateColumns = columns<GateRow>({
  id: true,
  kind: true,
  functionId: true,
  stamp: true,
  state: true,
  dueAt: true,
});

/** Of a run that waits at a gate. */
export const parkedColumns = columns<ParkedRun>({
  id: true,
  functionId: true,
  appId: true,
  rank: true,
  flow: true,
  queuedAt: true,
  epoch: true,
  startBy: true,
});

export const appColumns = columns<AppRow>({
  id: true,
  url: true,
  sdk: true,
  framework: true,
  appVersion: true,
  error: true,
  checksum: true,
  createdAt: true,
  syncedAt: true,
});

export const functionColumns = columns<FunctionRow>({
  id: true,
  appId: true,
  name: true,
  config: true,
  version: true,
  createdAt: true,
  archivedAt: true,
  paused: true,
  overrides: true,
});

export const documentColumns = columns<DocumentRow>({
  kind: true,
  id: true,
  body: true,
  version: true,
  createdAt: true,
  updatedAt: true,
});

/** The values as a row, in the order of the columns. */
export function toRow<Row>(columns: Columns<Row>, values: SqlRow): Row {
  const row: Record<string, SqlValue> = {};
  for (let i = 0; i < columns.keys.length; i++) row[columns.keys[i] as string] = values[i] ?? null;
  return row as Row;
}

/** Adds the row's values to the end of a flat list, in the order of the columns. */
export function pushRow<Row>(target: RequestValue[], columns: Columns<Row>, row: Row): void {
  for (let i = 0; i < columns.keys.length; i++) {
    const value = row[columns.keys[i] as keyof Row];
    target.push((value ?? null) as SqlValue);
  }
}

/**
 * {@link toRow} for a step. A run may have ten thousand: with the names spelled out they are made twenty times faster.
 */
export function toStepRow(runId: string, values: SqlRow): StepRow {
  return {
    runId,
    no: values[0],
    stepId: values[1],
    op: values[2],
    name: values[3],
    userId: values[4],
    status: values[5],
    attempt: values[6],
    dueAt: values[7],
    opts: values[8],
    output: values[9],
    settledNo: values[10],
    queuedAt: values[11],
    startedAt: values[12],
    endedAt: values[13],
    childRunId: values[14],
  } as StepRow;
}
