import { StepfastError } from "@stepfast/protocol";
import {
  attemptColumns,
  eventColumns,
  keyColumns,
  messageColumns,
  patchColumns,
  runColumns,
  snakeCase,
  stepColumns,
  waitColumns,
} from "../columns.ts";
import { getRow, type SqlValue } from "../driver.ts";
import { conflictKinds, type Reply, sections } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import { guardHolds } from "./guards.ts";
import { isLiveStatus, type RunHead } from "./run-heads.ts";
import type { WriterState } from "./state.ts";

type Section = (state: WriterState, from: Cursor, count: number) => Reply;

const apply: Record<number, Section> = {
  [sections.guards]: checkGuards,
  [sections.keys]: claimKeys,
  [sections.events]: insertEvents,
  [sections.newRuns]: each(insertRun),
  [sections.steps]: writeSteps,
  [sections.attempts]: each(insertAttempt),
  [sections.newWaits]: each(openWait),
  [sections.closedWaits]: each(closeWait),
  [sections.endedWaits]: each(endWaits),
  [sections.messages]: each(deliver),
  [sections.consumed]: each(consume),
  [sections.endedMessages]: each(endMessages),
  [sections.runs]: each(patchRun),
};

/** Applies a change-set, or tells why not. A refusal may come after some of it was written: see `isDirty`. */
export function applyChangeSet(state: WriterState, from: Cursor): Reply {
  while (!from.isAtEnd) {
    const section = apply[from.number()];
    if (section === undefined) throw new StepfastError("internal", "The writer got a part it does not know.");
    const refusal = section(state, from, from.number());
    if (refusal !== null) return refusal;
  }
  return null;
}

function each(applyOne: (state: WriterState, from: Cursor) => void): Section {
  return (state, from, count) => {
    for (let i = 0; i < count; i++) applyOne(state, from);
    return null;
  };
}

function checkGuards(state: WriterState, from: Cursor, count: number): Reply {
  for (let index = 0; index < count; index++) {
    if (!guardHolds(state, from)) return { conflict: conflictKinds.guard, index, holder: "" };
  }
  return null;
}

const selectKey = "SELECT value FROM keys WHERE scope = ? AND key = ? AND expires_at > ?";
// More than come in, so that what has expired is gone soon; not all at once, so that no commit waits long.
const forgetKeys = `DELETE FROM keys WHERE (scope, key) IN
  (SELECT scope, key FROM keys WHERE expires_at <= ? LIMIT 4)`;
const insertKey = `INSERT OR REPLACE INTO keys (${keyColumns.sql}) VALUES (${keyColumns.marks})`;

function claimKeys(state: WriterState, from: Cursor, count: number): Reply {
  const rows: SqlValue[][] = [];
  const claimed = new Map<string, SqlValue>();
  for (let index = 0; index < count; index++) {
    const row = from.take(keyColumns.keys.length);
    const [scope = null, key = null, value = null, createdAt = null] = row;
    const identity = JSON.stringify([scope, key]);
    const holder = claimed.get(identity) ?? getRow(state.sql(selectKey), scope, key, createdAt)?.[0];
    if (holder !== undefined) return { conflict: conflictKinds.key, index, holder: String(holder) };
    claimed.set(identity, value);
    rows.push(row);
  }
  for (const row of rows) {
    state.write(forgetKeys, row[3] ?? null);
    state.write(insertKey, ...row);
  }
  return null;
}

const insertEvent = `INSERT INTO events (${eventColumns.sql}) VALUES (${eventColumns.marks}) ON CONFLICT (id) DO NOTHING`;

function insertEvents(state: WriterState, from: Cursor, count: number): Reply {
  for (let index = 0; index < count; index++) {
    const wasDirty = state.isDirty;
    const changes = state.write(insertEvent, ...from.take(eventColumns.keys.length));
    if (changes > 0) continue;
    state.isDirty = wasDirty;
    return { conflict: conflictKinds.event, index, holder: "" };
  }
  return null;
}

const insertRunSql = `INSERT INTO runs (${runColumns.sql}, rid) VALUES (${runColumns.marks}, ?) ON CONFLICT (id) DO NOTHING`;
const statusAt = runColumns.keys.indexOf("status");
const wakeAtAt = runColumns.keys.indexOf("wakeAt");
const ownerAt = runColumns.keys.indexOf("owner");
const epochAt = runColumns.keys.indexOf("epoch");

function insertRun(state: WriterState, from: Cursor): void {
  const values = from.take(runColumns.keys.length);
  const id = String(values[0]);
  const head = {
    rid: state.nextRid(),
    isLive: isLiveStatus(values[statusAt]),
    owner: values[ownerAt] as string | null,
    epoch: Number(values[epochAt]),
    wakeAt: values[wakeAtAt] as number | null,
  };
  values.push(head.rid);
  if (state.write(insertRunSql, ...values) === 0) {
    throw new StepfastError("internal", `The run ${id} exists already: give a new run a new id.`);
  }
  if (head.isLive && head.owner !== null) state.heads.set(id, head);
}

const stepUpdates = stepColumns.sql
  .split(", ")
  .filter((column) => column !== "no" && column !== "step_id")
  .map((column) => `${column} = excluded.${column}`)
  .join(", ");
const writeStep = `INSERT INTO steps (rid, ${stepColumns.sql}) VALUES (?, ${stepColumns.marks})
  ON CONFLICT (rid, no) DO UPDATE SET ${stepUpdates}
  WHERE step_id = excluded.step_id AND status NOT IN ('completed', 'failed')`;
const selectStepId = "SELECT step_id FROM steps WHERE rid = ? AND no = ?";

function writeSteps(state: WriterState, from: Cursor, count: number): Reply {
  for (let index = 0; index < count; index++) {
    const runId = from.text();
    const { rid } = state.requireRun(runId);
    const [no = null, stepId = null, ...rest] = from.take(stepColumns.keys.length);
    const wasDirty = state.isDirty;
    if (state.write(writeStep, rid, no, stepId, ...rest) > 0) continue;
    state.isDirty = wasDirty;
    const found = getRow(state.sql(selectStepId), rid, no)?.[0];
    if (found === stepId) return { conflict: conflictKinds.step, index, holder: "" };
    throw new StepfastError("internal", `Step ${no} of run ${runId} is ${found}, not ${stepId}.`);
  }
  return null;
}

const insertAttemptSql = `INSERT INTO attempts (rid, ${attemptColumns.sql}) VALUES (?, ${attemptColumns.marks})`;

function insertAttempt(state: WriterState, from: Cursor): void {
  const { rid } = state.requireRun(from.text());
  state.write(insertAttemptSql, rid, ...from.take(attemptColumns.keys.length));
}

const deleteWait = "DELETE FROM waits WHERE rid = ? AND step_id = ?";
const insertWait = `INSERT INTO waits (seq, rid, ${waitColumns.sql}) VALUES (?, ?, ${waitColumns.marks})`;
const insertPath = "INSERT OR IGNORE INTO wait_paths (name, path) VALUES (?, ?)";

function openWait(state: WriterState, from: Cursor): void {
  const values = from.take(waitColumns.keys.length);
  const [runId, stepId = null, kind, name, path] = values;
  const { rid } = state.requireRun(String(runId));
  state.write(deleteWait, rid, stepId);
  state.write(insertWait, state.nextSeq(), rid, ...values);
  // Each signal has a name of its own and no paths: remembering those would grow for ever.
  if (kind === "signal" || !state.isNewPath(String(name), String(path))) return;
  state.write(insertPath, String(name), String(path));
}

function closeWait(state: WriterState, from: Cursor): void {
  const head = state.heads.get(from.text());
  const stepId = from.next();
  if (head !== undefined) state.write(deleteWait, head.rid, stepId);
}

function endWaits(state: WriterState, from: Cursor): void {
  const head = state.heads.get(from.text());
  if (head !== undefined) state.write("DELETE FROM waits WHERE rid = ?", head.rid);
}

const insertMessage = `INSERT OR REPLACE INTO messages (rid, ${messageColumns.sql}) VALUES (?, ${messageColumns.marks})`;
const createdAtAt = messageColumns.keys.indexOf("createdAt");

function deliver(state: WriterState, from: Cursor): void {
  const head = state.heads.get(from.text());
  const values = from.take(messageColumns.keys.length);
  if (head?.isLive !== true) return;
  state.write(insertMessage, head.rid, ...values);
  if (head.owner === null) wake(state, head, Number(values[createdAtAt]));
}

function consume(state: WriterState, from: Cursor): void {
  const head = state.heads.get(from.text());
  const id = from.next();
  if (head !== undefined) state.write("DELETE FROM messages WHERE rid = ? AND id = ?", head.rid, id);
}

function endMessages(state: WriterState, from: Cursor): void {
  const head = state.heads.get(from.text());
  if (head !== undefined) state.write("DELETE FROM messages WHERE rid = ?", head.rid);
}

const updates = new Map<number, { sql: string; keys: string[] }>();

/** The statement for the columns of a mask. */
function updateFor(mask: number): { sql: string; keys: string[] } {
  let update = updates.get(mask);
  if (update === undefined) {
    const keys = patchColumns.keys.filter((_, bit) => (mask & (1 << bit)) !== 0);
    const assignments = keys.map((key) => `${snakeCase(key)} = ?`).join(", ");
    update = { sql: `UPDATE runs SET ${assignments} WHERE rid = ?`, keys };
    updates.set(mask, update);
  }
  return update;
}

function patchRun(state: WriterState, from: Cursor): void {
  const id = from.text();
  const { sql, keys } = updateFor(from.number());
  const values = from.take(keys.length);
  const head = state.requireRun(id);
  if (keys.length === 0) return;
  state.write(sql, ...values, head.rid);
  const patch: Record<string, SqlValue> = {};
  for (const [i, key] of keys.entries()) patch[key] = values[i] ?? null;
  if (patch.status !== undefined) head.isLive = isLiveStatus(patch.status);
  if (patch.owner !== undefined) head.owner = patch.owner as string | null;
  if (patch.wakeAt !== undefined) head.wakeAt = patch.wakeAt as number | null;
  if (patch.owner === null && head.isLive) wakeForInbox(state, head, patch.blocked ?? "waiting");
  // A parked or ended run will not be written to soon.
  if (!head.isLive || head.owner === null) state.heads.forget(id);
}

const earliest = "SELECT min(created_at) FROM messages WHERE rid = ?";

function wakeForInbox(state: WriterState, head: RunHead, blocked: SqlValue): void {
  const select = blocked === "waiting" ? earliest : `${earliest} AND kind = 'cancel'`;
  const at = getRow(state.sql(select), head.rid)?.[0];
  if (typeof at === "number") wake(state, head, at);
}

function wake(state: WriterState, head: RunHead, at: number): void {
  if (head.wakeAt !== null && head.wakeAt <= at) return;
  head.wakeAt = at;
  state.write("UPDATE runs SET wake_at = ? WHERE rid = ?", at, head.rid);
}
