import { documentColumns } from "../columns.ts";
import type { Reply } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

const insert = `INSERT INTO documents (${documentColumns.sql}) VALUES (${documentColumns.marks})
  ON CONFLICT (kind, id) DO NOTHING`;
const update = `UPDATE documents SET body = ?, version = version + 1, updated_at = ?
  WHERE kind = ? AND id = ? AND version = ?`;
const remove = "DELETE FROM documents WHERE kind = ? AND id = ? AND version = ?";

export function putDocument(state: WriterState, from: Cursor): Reply {
  const [kind, id, body] = [from.text(), from.text(), from.text()];
  const [version, now] = [from.number(), from.number()];
  const count =
    version === 0
      ? state.write(insert, kind, id, body, 1, now, now)
      : state.write(update, body, now, kind, id, version);
  return { value: count > 0 };
}

export function deleteDocument(state: WriterState, from: Cursor): Reply {
  return { value: state.write(remove, from.text(), from.text(), from.number()) > 0 };
}
