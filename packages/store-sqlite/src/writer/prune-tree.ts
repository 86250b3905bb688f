import { getRows, type SqlValue } from "../driver.ts";
import { endLarge } from "./large-values.ts";
import type { WriterState } from "./state.ts";

interface Member {
  rid: number;
  id: string;
}

interface Pruned {
  /** Runs, by their number. */
  gone: number[];
  rows: number;
  /** Whether there is nothing left to do below this root. */
  isWhole: boolean;
}

const selectChildren = "SELECT rid, id, status, ended_at FROM runs WHERE parent_run_id = ?";
const hanging = ["steps", "attempts", "metadata", "waits", "messages"].map(
  (table) => `DELETE FROM ${table} WHERE rid = ?`,
);
const deleteBatch = `DELETE FROM batch_events WHERE rid = ?1 AND event_id IN
  (SELECT value FROM json_each((SELECT event_ids FROM runs WHERE rid = ?1)))`;

/**
 * Deletes the tree below a root that is due, if all of it is. It begins with the leaves: once `budget` rows are gone it
 * leaves the rest, which is a tree that is due.
 */
export function pruneTree(
  state: WriterState,
  root: Member,
  budget: number,
  isDue: (status: SqlValue | undefined, endedAt: SqlValue | undefined) => boolean,
): Pruned {
  const tree = [root];
  for (const { id } of tree) {
    for (const [rid, child, status, endedAt] of getRows(state.sql(selectChildren), id)) {
      if (!isDue(status, endedAt)) return { gone: [], rows: 0, isWhole: true };
      tree.push({ rid: Number(rid), id: String(child) });
    }
  }
  let rows = 0;
  const gone: number[] = [];
  for (const member of tree.reverse()) {
    if (gone.length > 0 && rows >= budget) return { gone, rows, isWhole: false };
    rows += deleteRun(state, member);
    gone.push(member.rid);
  }
  return { gone, rows, isWhole: true };
}

/** Returns how many rows went. */
function deleteRun(state: WriterState, { rid, id }: Member): number {
  let rows = 0;
  for (const sql of hanging) rows += state.write(sql, rid);
  rows += state.write(deleteBatch, rid);
  rows += endLarge(state, id);
  rows += state.write("DELETE FROM runs WHERE rid = ?", rid);
  state.heads.forget(id);
  return rows;
}
