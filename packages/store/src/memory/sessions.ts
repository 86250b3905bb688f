import type { RunRow } from "../records.ts";
import type { NodeFacts } from "../shared-store.ts";
import { blockedBy } from "./run-table.ts";
import type { Tables } from "./tables.ts";

const UNKNOWN: NodeFacts = { url: null, apps: [] };

export function heartbeat(tables: Tables, owner: string, until: number, node = UNKNOWN): boolean {
  if (tables.sessions.get(owner)?.givenUp === true) return false;
  tables.sessions.set(owner, { until, givenUp: false, node });
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
  tables.sessions.set(owner, { until: now, givenUp: true, node: UNKNOWN });
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

export interface Claim {
  owner: string;
  now: number;
  limit: number;
  exceptApps?: string[];
}

export function claim(tables: Tables, { owner, now, limit, exceptApps = [] }: Claim): RunRow[] {
  const claimed: RunRow[] = [];
  const left: string[] = [];
  if (tables.sessions.get(owner)?.givenUp === true) return claimed;
  while (claimed.length < limit) {
    const run = tables.runs.takeDue(now);
    if (run === undefined) break;
    if (exceptApps.includes(run.row.appId)) left.push(run.row.id);
    else claimed.push(tables.runs.lease(run.row.id, owner));
  }
  for (const id of left) tables.runs.putBack(id);
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
