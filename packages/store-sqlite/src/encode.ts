import type { ChangeSet, Guard, KeyRow, RunPatch } from "@stepfast/store";
import {
  attemptColumns,
  type Columns,
  eventColumns,
  keyColumns,
  messageColumns,
  patchColumns,
  pushRow,
  runColumns,
  stepColumns,
  waitColumns,
} from "./columns.ts";
import type { SqlValue } from "./driver.ts";
import { guardKinds, type Request, requestKinds, sections } from "./message.ts";

/** The change-set as a request. Later changes of its rows are not seen. */
export function encodeChangeSet(changes: ChangeSet): Request {
  const to: Request = [requestKinds.commit];
  section(to, sections.guards, changes.guards, pushGuard);
  section(to, sections.keys, changes.keys, pushKey);
  section(to, sections.events, changes.events, rowPusher(eventColumns));
  section(to, sections.newRuns, changes.newRuns, rowPusher(runColumns));
  section(to, sections.steps, changes.steps, pushStep);
  section(to, sections.attempts, changes.attempts, runRowPusher(attemptColumns));
  section(to, sections.newWaits, changes.newWaits, rowPusher(waitColumns));
  section(to, sections.closedWaits, changes.closedWaits, (list, row) => list.push(row.runId, row.stepId));
  section(to, sections.endedWaits, changes.endedWaits, pushId);
  section(to, sections.messages, changes.messages, runRowPusher(messageColumns));
  section(to, sections.consumed, changes.consumed, (list, row) => list.push(row.runId, row.id));
  section(to, sections.endedMessages, changes.endedMessages, pushId);
  section(to, sections.runs, changes.runs, pushPatch);
  return to;
}

/** Roughly how many bytes a request holds. */
export function bytesOf(request: Request): number {
  let bytes = request.length * 8;
  for (const value of request) if (typeof value === "string") bytes += value.length;
  return bytes;
}

function section<Row>(
  to: Request,
  tag: number,
  rows: Row[] | undefined,
  push: (to: Request, row: Row) => void,
): void {
  if (rows === undefined || rows.length === 0) return;
  to.push(tag, rows.length);
  for (const row of rows) push(to, row);
}

function rowPusher<Row>(columns: Columns<Row>): (to: Request, row: Row) => void {
  return (to, row) => pushRow(to, columns, row);
}

function runRowPusher<Row>(columns: Columns<Row>): (to: Request, row: Row & { runId: string }) => void {
  return (to, row) => {
    to.push(row.runId);
    pushRow(to, columns, row);
  };
}

const pushStep = runRowPusher(stepColumns);

/**
 * Keys are the sender's, and may hold what SQLite cuts off (a zero) or cannot tell apart (half a surrogate pair). They
 * are only ever compared, so those go as JSON; so do those that look as if they had.
 */
function pushKey(to: Request, row: KeyRow): void {
  const isPlain = !/^"|[\0\ud800-\udfff]/.test(row.key);
  pushRow(to, keyColumns, isPlain ? row : { ...row, key: JSON.stringify(row.key) });
}

function pushId(to: Request, id: string): void {
  to.push(id);
}

function pushGuard(to: Request, guard: Guard): void {
  if (guard.kind === "lease") to.push(guardKinds.lease, guard.runId, guard.owner, guard.epoch);
  else if (guard.kind === "live") to.push(guardKinds.live, guard.runId);
  else if (guard.kind === "wait") to.push(guardKinds.wait, guard.runId, guard.stepId);
  else to.push(guardKinds.waits, guard.name, guard.paths, guard.version, guard.keys.length, ...guard.keys);
}

/** `id, mask, values…`: a bit of the mask and a value for each column that changes. */
function pushPatch(to: Request, patch: RunPatch): void {
  let mask = 0;
  const values: SqlValue[] = [];
  for (const [bit, key] of patchColumns.keys.entries()) {
    const value = patch[key];
    if (value === undefined) continue;
    mask |= 1 << bit;
    values.push(value);
  }
  to.push(patch.id, mask, ...values);
}
