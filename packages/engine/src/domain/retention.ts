import type { PruneParams, RunStatus } from "@stepfast/store";

/** How long what has ended is kept. A time of null: for ever. */
export interface RetentionPolicy {
  /** Of runs, and of the events that nothing was started by. */
  keepMs: number | null;
  /** Of runs that ended so, instead of `keepMs`. */
  byStatus?: Partial<Record<EndedStatus, number | null>>;
  /** How often it is looked for. Default an hour. */
  everyMs?: number;
}

export type EndedStatus = Exclude<RunStatus, "queued" | "running">;

/** Where the pruning stands. JSON in a gate's state. */
export interface RetentionState {
  cursor: string | null;
  /** Of the round under way, or the last one. */
  runs: number;
  events: number;
  startedAt: number;
  endedAt: number | null;
}

export const RETENTION_ID = "retention";
const ENDED: EndedStatus[] = ["completed", "failed", "cancelled", "skipped"];

/** Null: everything is kept. */
export function pruneParams(policy: RetentionPolicy, now: number, limit: number): PruneParams | null {
  const endedBefore: PruneParams["endedBefore"] = {};
  for (const status of ENDED) {
    const own = policy.byStatus?.[status];
    const keepMs = own === undefined ? policy.keepMs : own;
    if (keepMs !== null) endedBefore[status] = now - keepMs;
  }
  const eventsBefore = policy.keepMs === null ? null : now - policy.keepMs;
  if (Object.keys(endedBefore).length === 0 && eventsBefore === null) return null;
  return { endedBefore, eventsBefore, limit };
}
