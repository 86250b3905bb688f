import { appColumns, functionColumns } from "../columns.ts";
import { getRow, type SqlValue } from "../driver.ts";
import type { Reply } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

/** `column = excluded.column` for all columns but these. */
function replaceAllBut(columns: { sql: string }, kept: string[]): string {
  const names = columns.sql.split(", ").filter((name) => !kept.includes(name));
  return names.map((name) => `${name} = excluded.${name}`).join(", ");
}

const putAppSql = `INSERT INTO apps (${appColumns.sql}) VALUES (${appColumns.marks})
  ON CONFLICT (id) DO UPDATE SET ${replaceAllBut(appColumns, ["id", "created_at"])}`;

const putFunctionSql = `INSERT INTO functions (${functionColumns.sql}) VALUES (${functionColumns.marks})
  ON CONFLICT (id) DO UPDATE SET ${replaceAllBut(functionColumns, ["id", "created_at", "version", "paused", "overrides"])},
    version = version + (config <> excluded.config)`;

const archive = "UPDATE functions SET archived_at = ? WHERE app_id = ? AND archived_at IS NULL AND id = ?";
const archiveAll = "UPDATE functions SET archived_at = ? WHERE app_id = ? AND archived_at IS NULL";

const idAt = functionColumns.keys.indexOf("id");
const versionAt = functionColumns.keys.indexOf("version");
const archivedAtAt = functionColumns.keys.indexOf("archivedAt");

export function putApp(state: WriterState, from: Cursor): Reply {
  const now = from.number();
  const app = from.take(appColumns.keys.length);
  state.write(putAppSql, ...app);
  const functions: SqlValue[][] = [];
  for (let count = from.number(); count > 0; count--) functions.push(from.take(functionColumns.keys.length));
  archiveOthers(state, String(app[0]), new Set(functions.map((row) => row[idAt] ?? null)), now);
  for (const row of functions) {
    row[versionAt] = 1;
    row[archivedAtAt] = null;
    state.write(putFunctionSql, ...row);
  }
  return { value: true };
}

function archiveOthers(state: WriterState, appId: string, listed: Set<SqlValue>, now: number): void {
  const current = state.sql("SELECT id FROM functions WHERE app_id = ? AND archived_at IS NULL");
  for (const [id = null] of current.all(appId) as SqlValue[][]) {
    if (!listed.has(id)) state.write(archive, now, appId, id);
  }
}

export function deleteApp(state: WriterState, from: Cursor): Reply {
  const appId = from.text();
  state.write("DELETE FROM apps WHERE id = ?", appId);
  state.write(archiveAll, from.number(), appId);
  return { value: true };
}

/** `id, mask, values…`: as a patch of `paused` and `overrides`; then what `overrides` must be for it. */
export function setFunction(state: WriterState, from: Cursor): Reply {
  const id = from.text();
  const mask = from.number();
  const paused = (mask & 1) !== 0 ? from.next() : undefined;
  const overrides = (mask & 2) !== 0 ? from.next() : undefined;
  const expected = (mask & 4) !== 0 ? from.next() : undefined;
  const row = getRow(state.sql("SELECT overrides FROM functions WHERE id = ?"), id);
  if (row === undefined || (expected !== undefined && row[0] !== expected)) return { value: false };
  if (paused !== undefined) state.write("UPDATE functions SET paused = ? WHERE id = ?", paused, id);
  if (overrides !== undefined) state.write("UPDATE functions SET overrides = ? WHERE id = ?", overrides, id);
  return { value: true };
}
