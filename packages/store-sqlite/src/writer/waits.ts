import { waitColumns } from "../columns.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

const deleteWait = "DELETE FROM waits WHERE rid = ? AND step_id = ?";
const insertWait = `INSERT INTO waits (seq, rid, ${waitColumns.sql}) VALUES (?, ?, ${waitColumns.marks})`;
const insertPath = "INSERT OR IGNORE INTO wait_paths (name, path) VALUES (?, ?)";

export function openWait(state: WriterState, from: Cursor): void {
  const values = from.take(waitColumns.keys.length);
  const [runId, stepId = null, kind, name, path] = values;
  const { rid } = state.requireRun(String(runId));
  state.write(deleteWait, rid, stepId);
  state.write(insertWait, state.nextSeq(), rid, ...values);
  // Each signal has a name of its own and no paths: remembering those would grow for ever.
  if (kind === "signal" || !state.isNewPath(String(name), String(path))) return;
  state.write(insertPath, String(name), String(path));
}

export function closeWait(state: WriterState, from: Cursor): void {
  const head = state.heads.get(from.text());
  const stepId = from.next();
  if (head !== undefined) state.write(deleteWait, head.rid, stepId);
}

export function endWaits(state: WriterState, from: Cursor): void {
  const head = state.heads.get(from.text());
  if (head !== undefined) state.write("DELETE FROM waits WHERE rid = ?", head.rid);
}
