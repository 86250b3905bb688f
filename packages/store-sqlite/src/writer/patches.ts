import { patchColumns, snakeCase } from "../columns.ts";
import type { SqlValue } from "../driver.ts";
import type { Cursor } from "./cursor.ts";
import { wakeForInbox } from "./inbox.ts";
import { isLiveStatus } from "./run-heads.ts";
import type { WriterState } from "./state.ts";

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

export function patchRun(state: WriterState, from: Cursor): void {
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
  if (patch.epoch !== undefined) head.epoch = Number(patch.epoch);
  if (patch.wakeAt !== undefined) head.wakeAt = patch.wakeAt as number | null;
  if (patch.owner === null && head.isLive) wakeForInbox(state, head, patch.blocked ?? "waiting");
  // A parked or ended run will not be written to soon.
  if (!head.isLive || head.owner === null) state.heads.forget(id);
}
