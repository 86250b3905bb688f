import type { GateRow, RunFilter, RunRow, RunStatus } from "@stepfast/store";

/** Which runs a bulk operation is about. */
export interface BulkFilter {
  appIds?: string[];
  functionIds?: string[];
  statuses?: RunStatus[];
  /** When the run was made: from (included) and until (excluded). */
  from?: number;
  until?: number;
  /** CEL over `event` (the first) and `output`. */
  expression?: string;
  /** Only these runs. */
  runIds?: string[];
  /** Not those that another run repeats already. */
  skipRepeated?: boolean;
}

export type JobKind = "cancel" | "replay";

/** A bulk operation: what it is about and how far it has come. JSON in a gate's state; a portion and its count are one commit. */
export interface BulkJob {
  kind: JobKind;
  filter: BulkFilter;
  reason: string | null;
  /** `stopped`: by an operator; what was done stays done. */
  status: "running" | "completed" | "stopped";
  /** Runs looked at, and those of them that it was done to. */
  looked: number;
  matched: number;
  /** Runs looked at of which it is not known whether they match, and the first of them. */
  unjudged: number;
  unjudgedRuns: string[];
  /** Id of the last run looked at. */
  cursor: string | null;
  createdAt: number;
  endedAt: number | null;
}

/** Runs that could not be judged are named, so many of them. */
export const NAMED_RUNS = 50;

export const JOB_PREFIX = "job:";

/** How long one that has ended can still be looked up. */
export const JOB_TTL_MS = 7 * 24 * 3_600_000;

/** The gate that holds the job. */
export function jobRow(id: string, job: BulkJob, stamp: string, dueAt: number): GateRow {
  return { id: JOB_PREFIX + id, kind: "job", functionId: null, stamp, state: JSON.stringify(job), dueAt };
}

export function jobOf(row: GateRow): BulkJob {
  const job = JSON.parse(row.state) as Partial<BulkJob>;
  // A release that did not count them may have begun it.
  return { unjudged: 0, unjudgedRuns: [], ...job } as BulkJob;
}

const LIVE: RunStatus[] = ["queued", "running"];
const ENDED: RunStatus[] = ["completed", "failed", "cancelled", "skipped"];

/** Statuses that the operation can be done to; asking for others finds none. */
export function statusesFor(kind: JobKind, asked: RunStatus[] | undefined): RunStatus[] {
  const possible = kind === "cancel" ? LIVE : ENDED;
  if (asked) return possible.filter((status) => asked.includes(status));
  // What was skipped was never started: it is repeated only on demand.
  return possible.filter((status) => status !== "skipped");
}

/** One page of runs to look at, oldest first. Runs made after the job began are none of its business. */
export function pageFilter(
  job: Pick<BulkJob, "kind" | "filter" | "cursor" | "createdAt">,
  limit: number,
): RunFilter {
  const { filter } = job;
  const page: RunFilter = {
    status: statusesFor(job.kind, filter.statuses),
    order: "asc",
    limit,
    until: Math.min(filter.until ?? job.createdAt, job.createdAt),
  };
  if (filter.functionIds) page.functionIds = filter.functionIds;
  if (filter.appIds) page.appIds = filter.appIds;
  if (filter.from !== undefined) page.from = filter.from;
  if (job.cursor !== null) page.cursor = job.cursor;
  return page;
}

/** The job after a portion. */
export function afterPortion(
  job: BulkJob,
  portion: { looked: readonly RunRow[]; matched: number; unjudged: readonly RunRow[]; isLast: boolean },
  now: number,
): BulkJob {
  return {
    ...job,
    looked: job.looked + portion.looked.length,
    matched: job.matched + portion.matched,
    unjudged: job.unjudged + portion.unjudged.length,
    unjudgedRuns: [...job.unjudgedRuns, ...portion.unjudged.map(({ id }) => id)].slice(0, NAMED_RUNS),
    cursor: portion.looked.at(-1)?.id ?? job.cursor,
    status: portion.isLast ? "completed" : "running",
    endedAt: portion.isLast ? now : null,
  };
}
