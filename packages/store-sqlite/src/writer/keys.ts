import { keyColumns } from "../columns.ts";
import { getRow, type SqlValue } from "../driver.ts";
import { conflictKinds, type Reply } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

const selectKey = "SELECT value FROM keys WHERE scope = ? AND key = ? AND expires_at > ?";
// More than come in, so that what has expired is gone soon; not all at once, so that no commit waits long.
const forgetKeys = `DELETE FROM keys WHERE (scope, key) IN
  (SELECT scope, key FROM keys WHERE expires_at <= ? LIMIT 4)`;
const insertKey = `INSERT OR REPLACE INTO keys (${keyColumns.sql}) VALUES (${keyColumns.marks})`;

export function claimKeys(state: WriterState, from: Cursor, count: number): Reply {
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
