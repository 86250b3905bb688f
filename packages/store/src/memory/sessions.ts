import type { RunRow } from "../records.ts";
import { blockedBy } from "./run-table.ts";
import type { Tables } from "./tables.ts";

export function heartbeat(tables: Tables, owner: string, until: number): boolean {
  if (tables.sessions.get(owner)?.givenUp === true) return false;
  tables.sessions.set(owner, { until, givenUp: false });
  return true;
}

/** Frees what is owned by any session that is not alive at `now`, also by one that was given up or never seen. */
export function reclaim(tables: Tables, now: number): number {
  for (const session of tables.sessions.values()) if (session.until <= now) session.givenUp = true;
  let count = 0;
  for (const owner of tables.runs.byOwner.values()) {
    const session = tables.sessions.get(owner);
    if (session === undefined || session.givenUp) count += freeRuns(tables, owner, now);
  }
  return count;
}

export function endSession(tables: Tables, owner: string, now: number): void {
  tables.sessions.set(owner, { until: now, givenUp: true });
  freeRuns(tables, owner, now);
}

/** Gives every session up: their runs are due since the beginning of time. */
export function voidSessions(tables: Tables): void {
  for (const session of tables.sessions.values()) session.givenUp = true;
  for (const owner of tables.runs.byOwner.values()) freeRuns(tables, owner, 0);
}

function freeRuns(tables: Tables, owner: string, wakeAt: number): number {
  const ids = tables.runs.byOwner.get(owner);
  for (const id of ids) tables.runs.patch({ id, owner: null, wakeAt, blocked: null });
  return ids.length;
}

export function claim(tables: Tables, owner: string, now: number, limit: number): RunRow[] {
  const claimed: RunRow[] = [];
  if (tables.sessions.get(owner)?.givenUp === true) return claimed;
  while (claimed.length < limit) {
    const run = tables.runs.takeDue(now);
    if (run === undefined) break;
    claimed.push(tables.runs.lease(run.row.id, owner));
  }
  return claimed;
}

export function unblock(tables: Tables, functionIds: string[], blocked: string, now: number): number {
  let count = 0;
  for (const functionId of new Set(functionIds)) {
    for (const id of tables.runs.blocked.get(blockedBy(blocked, functionId))) {
      const wakeAt = Math.min(tables.runs.get(id)?.row.wakeAt ?? now, now);
      tables.runs.patch({ id, wakeAt });
      count += 1;
    }
  }
  return count;
}
