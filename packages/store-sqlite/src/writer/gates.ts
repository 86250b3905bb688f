import { gateColumns } from "../columns.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

/** What changes all the time; the indexes of the rest are left alone. */
const updateSql = `UPDATE gates SET stamp = ?4, state = ?5, due_at = ?6
  WHERE id = ?1 AND kind = ?2 AND function_id IS ?3`;
const putSql = `INSERT OR REPLACE INTO gates (${gateColumns.sql}) VALUES (${gateColumns.marks})`;

export function putGate(state: WriterState, from: Cursor): void {
  const values = from.take(gateColumns.keys.length);
  if (state.write(updateSql, ...values) === 0) state.write(putSql, ...values);
}

export function endGate(state: WriterState, from: Cursor): void {
  state.write("DELETE FROM gates WHERE id = ?", from.next());
}
