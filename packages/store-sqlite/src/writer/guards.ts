import { getRow, getRows, type SqlValue } from "../driver.ts";
import { guardKinds } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

/** Reads the next guard and tells whether it holds. */
export function guardHolds(state: WriterState, from: Cursor): boolean {
  const kind = from.number();
  if (kind === guardKinds.lease) return leaseHolds(state, from.text(), from.text(), from.number());
  if (kind === guardKinds.live) return state.heads.get(from.text())?.isLive === true;
  if (kind === guardKinds.wait) return waitHolds(state, from.text(), from.text());
  if (kind === guardKinds.gate) return gateHolds(state, from.text(), from.next());
  if (kind === guardKinds.parked) return parkedHolds(state, from.text(), from.text());
  if (kind === guardKinds.unowned) return leaseHolds(state, from.text(), null, from.number());
  return waitsHold(state, from);
}

function leaseHolds(state: WriterState, runId: string, owner: string | null, epoch: number): boolean {
  const head = state.heads.get(runId);
  return head?.isLive === true && head.owner === owner && head.epoch === epoch;
}

function waitHolds(state: WriterState, runId: string, stepId: string): boolean {
  const head = state.heads.get(runId);
  if (head === undefined) return false;
  return (
    getRow(state.sql("SELECT 1 FROM waits WHERE rid = ? AND step_id = ?"), head.rid, stepId) !== undefined
  );
}

function gateHolds(state: WriterState, id: string, stamp: SqlValue): boolean {
  return (getRow(state.sql("SELECT stamp FROM gates WHERE id = ?"), id)?.[0] ?? null) === stamp;
}

function parkedHolds(state: WriterState, runId: string, gate: string): boolean {
  const head = state.heads.get(runId);
  if (head?.isLive !== true) return false;
  return getRow(state.sql("SELECT 1 FROM runs WHERE rid = ? AND gate = ?"), head.rid, gate) !== undefined;
}

function waitsHold(state: WriterState, from: Cursor): boolean {
  const name = from.text();
  const paths = from.number();
  const version = from.number();
  const keys = from.texts();
  const registered = getRows(state.sql("SELECT 1 FROM wait_paths WHERE name = ?"), name).length;
  if (registered !== paths) return false;
  const newer = state.sql("SELECT 1 FROM waits WHERE name = ? AND key = ? AND seq > ? LIMIT 1");
  return keys.every((key) => getRow(newer, name, key, version) === undefined);
}
