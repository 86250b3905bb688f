import { gateColumns } from "../columns.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

const putSql = `INSERT OR REPLACE INTO gates (${gateColumns.sql}) VALUES (${gateColumns.marks})`;

export function putGate(state: WriterState, from: Cursor): void {
  state.write(putSql, ...from.take(gateColumns.keys.length));
}

export function endGate(state: WriterState, from: Cursor): void {
  state.write("DELETE FROM gates WHERE id = ?", from.next());
}
