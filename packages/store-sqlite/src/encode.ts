import { type ChangeSet, type Guard, type KeyRow, LARGE_VALUE_LENGTH, type RunPatch } from "@stepfast/store";
import {
  attemptColumns,
  type Columns,
  eventColumns,
  gateColumns,
  keyColumns,
  messageColumns,
  metadataColumns,
  patchColumns,
  pushRow,
  runColumns,
  stepColumns,
  waitColumns,
} from "./columns.ts";
import { bytesOfText, isPacked, packed } from "./large-text.ts";
import { guardKinds, type Request, requestKinds, sections } from "./message.ts";

/**
 * The change-set as a request. Later changes of its rows are not seen. `largeFrom`: the length beyond which a text is kept
 * beside its row.
 */
export function encodeChangeSet(changes: ChangeSet, largeFrom: number = LARGE_VALUE_LENGTH): Request {
  const to: Request = [requestKinds.commit];
  section(to, sections.guards, changes.guards, pushGuard);
  section(to, sections.keys, changes.keys, pushKey);
  section(to, sections.events, changes.events, packing([eventData], largeFrom, pushEvent));
  section(to, sections.newRuns, changes.newRuns, packing([runOutput], largeFrom, pushRun));
  section(to, sections.steps, changes.steps, packing([stepOutput, stepOpts], largeFrom, pushStep));
  section(to, sections.attempts, changes.attempts, pushAttempt);
  section(to, sections.metadata, changes.metadata, pushMetadata);
  section(to, sections.newWaits, changes.newWaits, pushWait);
  section(to, sections.closedWaits, changes.closedWaits, pushClosedWait);
  section(to, sections.endedWaits, changes.endedWaits, pushId);
  section(to, sections.messages, changes.messages, packing([messagePayload], largeFrom, pushMessage));
  section(to, sections.consumed, changes.consumed, pushConsumed);
  section(to, sections.endedMessages, changes.endedMessages, pushId);
  section(to, sections.gates, changes.gates, pushGate);
  section(to, sections.endedGates, changes.endedGates, pushId);
  section(to, sections.runs, changes.runs, (request, patch) => pushPatch(request, patch, largeFrom));
  return to;
}

/** Roughly how many bytes a request holds. */
export function bytesOf(request: Request): number {
  let bytes = request.length * 8;
  for (const value of request) {
    if (typeof value === "string") bytes += value.length;
    else if (isPacked(value)) bytes += bytesOfText(value);
  }
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

/** How far from the row's end the value is that may be large. */
const eventData = eventColumns.keys.length - eventColumns.keys.indexOf("data");
const runOutput = runColumns.keys.length - runColumns.keys.indexOf("output");
const stepOutput = stepColumns.keys.length - stepColumns.keys.indexOf("output");
const stepOpts = stepColumns.keys.length - stepColumns.keys.indexOf("opts");
const messagePayload = messageColumns.keys.length - messageColumns.keys.indexOf("payload");

function packing<Row>(
  places: readonly number[],
  largeFrom: number,
  push: (to: Request, row: Row) => void,
): (to: Request, row: Row) => void {
  return (to, row) => {
    push(to, row);
    for (const fromEnd of places) {
      const at = to.length - fromEnd;
      const value = to[at];
      if (typeof value === "string") to[at] = packed(value, largeFrom);
    }
  };
}

const pushEvent = rowPusher(eventColumns);
const pushRun = rowPusher(runColumns);
const pushStep = runRowPusher(stepColumns);
const pushAttempt = runRowPusher(attemptColumns);
const pushMetadata = runRowPusher(metadataColumns);
const pushWait = rowPusher(waitColumns);
const pushGate = rowPusher(gateColumns);
const pushMessage = runRowPusher(messageColumns);

/**
 * Keys are the sender's, and may hold what SQLite cuts off (a zero) or cannot tell apart (half a surrogate pair). They
 * are only ever compared, so those go as JSON; so do those that look as if they had.
 */
function pushKey(to: Request, row: KeyRow): void {
  const isPlain = !/^"|[\0\ud800-\udfff]/.test(row.key);
  pushRow(to, keyColumns, isPlain ? row : { ...row, key: JSON.stringify(row.key) });
}

function pushClosedWait(to: Request, row: { runId: string; stepId: string }): void {
  to.push(row.runId, row.stepId);
}

function pushConsumed(to: Request, row: { runId: string; id: string }): void {
  to.push(row.runId, row.id);
}

function pushId(to: Request, id: string): void {
  to.push(id);
}

function pushGuard(to: Request, guard: Guard): void {
  if (guard.kind === "lease") to.push(guardKinds.lease, guard.runId, guard.owner, guard.epoch);
  else if (guard.kind === "live") to.push(guardKinds.live, guard.runId);
  else if (guard.kind === "known") to.push(guardKinds.known, guard.runId);
  else if (guard.kind === "wait") to.push(guardKinds.wait, guard.runId, guard.stepId);
  else if (guard.kind === "gate") to.push(guardKinds.gate, guard.id, guard.stamp);
  else if (guard.kind === "parked") to.push(guardKinds.parked, guard.runId, guard.gate);
  else if (guard.kind === "unowned") to.push(guardKinds.unowned, guard.runId, guard.epoch);
  else to.push(guardKinds.waits, guard.name, guard.paths, guard.version, guard.keys.length, ...guard.keys);
}

/** `id, mask, values…`: a bit of the mask and a value for each column that changes. */
function pushPatch(to: Request, patch: RunPatch, largeFrom: number): void {
  const { keys } = patchColumns;
  to.push(patch.id, 0);
  const maskAt = to.length - 1;
  let mask = 0;
  for (let bit = 0; bit < keys.length; bit++) {
    const value = patch[keys[bit] as (typeof keys)[number]];
    if (value === undefined) continue;
    mask |= 1 << bit;
    to.push(keys[bit] === "output" ? packed(value, largeFrom) : value);
  }
  to[maskAt] = mask;
}
