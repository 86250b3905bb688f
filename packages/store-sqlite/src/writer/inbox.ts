import { valuePlaces } from "@stepfast/store";
import { messageColumns } from "../columns.ts";
import { getRow, type SqlValue } from "../driver.ts";
import type { Cursor } from "./cursor.ts";
import { forgetLarge, forgetMessages, putLarge, takeLarge } from "./large-values.ts";
import type { RunHead } from "./run-heads.ts";
import type { WriterState } from "./state.ts";

const insertMessage = `INSERT OR REPLACE INTO messages (rid, ${messageColumns.sql}) VALUES (?, ${messageColumns.marks})`;
const idAt = messageColumns.keys.indexOf("id");
const payloadAt = messageColumns.keys.indexOf("payload");
const createdAtAt = messageColumns.keys.indexOf("createdAt");

export function deliver(state: WriterState, from: Cursor): void {
  const runId = from.text();
  const head = state.heads.get(runId);
  const given = from.takeAny(messageColumns.keys.length);
  if (head?.isLive !== true) return;
  const payload = takeLarge(given, payloadAt);
  const values = given as SqlValue[];
  state.write(insertMessage, head.rid, ...values);
  putLarge(state, { home: runId, place: valuePlaces.message(String(values[idAt])) }, payload);
  if (head.owner === null) wake(state, head, Number(values[createdAtAt]));
}

export function consume(state: WriterState, from: Cursor): void {
  const runId = from.text();
  const head = state.heads.get(runId);
  const id = from.next();
  if (head === undefined) return;
  state.write("DELETE FROM messages WHERE rid = ? AND id = ?", head.rid, id);
  forgetLarge(state, { home: runId, place: valuePlaces.message(String(id)) });
}

export function endMessages(state: WriterState, from: Cursor): void {
  const runId = from.text();
  const head = state.heads.get(runId);
  if (head === undefined) return;
  state.write("DELETE FROM messages WHERE rid = ?", head.rid);
  forgetMessages(state, runId);
}

const earliest = "SELECT min(created_at) FROM messages WHERE rid = ?";

/** A run that is given back is due if there is news for it: of any kind, or that it is cancelled or let through its gate. */
export function wakeForInbox(state: WriterState, head: RunHead, blocked: SqlValue): void {
  const select = blocked === "waiting" ? earliest : `${earliest} AND kind IN ('cancel', 'slot')`;
  const at = getRow(state.sql(select), head.rid)?.[0];
  if (typeof at === "number") wake(state, head, at);
}

function wake(state: WriterState, head: RunHead, at: number): void {
  if (head.wakeAt !== null && head.wakeAt <= at) return;
  head.wakeAt = at;
  state.write("UPDATE runs SET wake_at = ? WHERE rid = ?", at, head.rid);
}
