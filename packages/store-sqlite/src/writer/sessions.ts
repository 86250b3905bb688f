import { runColumns } from "../columns.ts";
import { getRow, getRows, type SqlRow } from "../driver.ts";
import type { Reply } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import type { WriterState } from "./state.ts";

/** As the partial indexes of `runs` have it. */
const live = "status IN ('queued', 'running')";

const beat = `INSERT INTO sessions (owner, until, given_up) VALUES (?, ?, 0)
  ON CONFLICT (owner) DO UPDATE SET until = excluded.until WHERE given_up = 0`;

export function heartbeat(state: WriterState, from: Cursor): Reply {
  return { value: state.write(beat, from.text(), from.number()) > 0 };
}

export function reclaim(state: WriterState, from: Cursor): Reply {
  const now = from.number();
  state.write("UPDATE sessions SET given_up = 1 WHERE until <= ? AND given_up = 0", now);
  let count = 0;
  for (const owner of owners(state)) {
    if (!isAlive(state, owner)) count += freeRuns(state, owner, now);
  }
  return { value: count };
}

export function endSession(state: WriterState, from: Cursor): Reply {
  const owner = from.text();
  const now = from.number();
  state.write("INSERT OR REPLACE INTO sessions (owner, until, given_up) VALUES (?, ?, 1)", owner, now);
  freeRuns(state, owner, now);
  return { value: true };
}

/** Gives every session up: their runs are due since the beginning of time. */
export function voidSessions(state: WriterState): void {
  state.write("UPDATE sessions SET given_up = 1 WHERE given_up = 0");
  for (const owner of owners(state)) freeRuns(state, owner, 0);
}

function isAlive(state: WriterState, owner: string): boolean {
  const alive = state.sql("SELECT 1 FROM sessions WHERE owner = ? AND given_up = 0");
  return getRow(alive, owner) !== undefined;
}

/** Those who own live runs. Each is found by one step in the index, however many runs it owns. */
function owners(state: WriterState): string[] {
  const next = state.sql(
    `SELECT owner FROM runs WHERE owner IS NOT NULL AND ${live} AND owner > ? ORDER BY owner LIMIT 1`,
  );
  const found: string[] = [];
  for (let row = getRow(next, ""); row !== undefined; row = getRow(next, found.at(-1) ?? "")) {
    found.push(String(row[0]));
  }
  return found;
}

function freeRuns(state: WriterState, owner: string, wakeAt: number): number {
  const count = state.write(
    `UPDATE runs SET owner = NULL, wake_at = ?, blocked = NULL WHERE owner = ? AND owner IS NOT NULL AND ${live}`,
    wakeAt,
    owner,
  );
  if (count > 0) state.heads.clear();
  return count;
}

const selectDue = `SELECT rid, ${runColumns.sql} FROM runs
  WHERE wake_at IS NOT NULL AND owner IS NULL AND ${live} AND wake_at <= ? ORDER BY wake_at, id LIMIT ?`;
const lease = "UPDATE runs SET owner = ?, epoch = epoch + 1, wake_at = NULL, blocked = NULL WHERE rid = ?";

export function claim(state: WriterState, from: Cursor): Reply {
  const owner = from.text();
  const now = from.number();
  const limit = Math.max(0, from.number());
  const givenUp = state.sql("SELECT 1 FROM sessions WHERE owner = ? AND given_up = 1");
  if (getRow(givenUp, owner) !== undefined) return { value: [] };
  return { value: getRows(state.sql(selectDue), now, limit).map((row) => leaseRun(state, owner, row)) };
}

const wakeAtAt = runColumns.keys.indexOf("wakeAt");
const ownerAt = runColumns.keys.indexOf("owner");
const epochAt = runColumns.keys.indexOf("epoch");

/** The run's row as it is now, but with what blocked it. */
function leaseRun(state: WriterState, owner: string, [rid = null, ...values]: SqlRow): SqlRow {
  state.write(lease, owner, rid);
  const epoch = Number(values[epochAt]) + 1;
  values[ownerAt] = owner;
  values[epochAt] = epoch;
  values[wakeAtAt] = null;
  state.heads.set(String(values[0]), { rid: Number(rid), isLive: true, owner, epoch, wakeAt: null });
  return values;
}

/** Only these reasons are in the index; runs that wait for their steps are found by their function. */
const blockedBy = `SELECT rid, id, wake_at FROM runs WHERE blocked = ? AND function_id = ? AND owner IS NULL AND ${live}`;
const indexedBlockedBy = `${blockedBy} AND blocked IS NOT NULL AND blocked <> 'waiting'`;

export function unblock(state: WriterState, from: Cursor): Reply {
  const blocked = from.text();
  const now = from.number();
  const select = state.sql(blocked === "waiting" ? blockedBy : indexedBlockedBy);
  let count = 0;
  for (const functionId of new Set(from.texts())) {
    for (const [rid = null, id, wakeAt] of getRows(select, blocked, functionId)) {
      count += 1;
      if (typeof wakeAt === "number" && wakeAt <= now) continue;
      state.write("UPDATE runs SET wake_at = ? WHERE rid = ?", now, rid);
      state.heads.forget(String(id));
    }
  }
  return { value: count };
}
