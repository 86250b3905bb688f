import { StepfastError } from "@stepfast/protocol";
import type { GateRow, RunRow, Store } from "@stepfast/store";
import {
  type BulkFilter,
  type BulkJob,
  JOB_PREFIX,
  JOB_TTL_MS,
  type JobKind,
  jobOf,
  jobRow,
  NAMED_RUNS,
  pageFilter,
} from "../../domain/bulk-job.ts";
import { SearchExpression } from "../../domain/expression/search.ts";
import type { Clock } from "../../ports/clock.ts";
import { matchingRuns } from "./matching-runs.ts";

const PREVIEW_LOOKS = 20_000;
const PREVIEW_RUNS = 50;
/** Of operations of both kinds. */
const LIST_PAGE = 400;

export interface BulkJobsOptions {
  store: Store;
  clock: Clock;
  newId: () => string;
  /** A job wants to be gone on with by then. */
  onDue: (at: number) => void;
}

export interface JobView extends BulkJob {
  id: string;
}

export interface JobPreview {
  /** Runs that the operation would be done to, as far as was looked. */
  matched: number;
  /** False: there are more than were looked at. */
  isComplete: boolean;
  /** The oldest of them. */
  runs: RunRow[];
  /** Runs of which it is not known whether they match, and the oldest of them. */
  unjudged: number;
  unjudgedRuns: string[];
}

/** Bulk cancellations and replays: begun, looked at and stopped here. `JobPortions` carries them out. */
export class BulkJobs {
  readonly #options: BulkJobsOptions;

  constructor(options: BulkJobsOptions) {
    this.#options = options;
  }

  /** Throws `invalid_expression`. */
  async start(kind: JobKind, filter: BulkFilter, reason: string | null): Promise<JobView> {
    const { store, clock, newId, onDue } = this.#options;
    if (filter.expression !== undefined) new SearchExpression(filter.expression);
    const now = clock.now();
    const id = newId();
    const none = { looked: 0, matched: 0, unjudged: 0, unjudgedRuns: [], cursor: null, endedAt: null };
    // What was made in this very millisecond is meant, too.
    const job: BulkJob = { kind, filter, reason, status: "running", createdAt: now + 1, ...none };
    await store.commit({ gates: [jobRow(id, job, newId(), now)] });
    onDue(now);
    return { ...job, id };
  }

  async preview(kind: JobKind, filter: BulkFilter): Promise<JobPreview> {
    const job = { kind, filter, cursor: null, createdAt: this.#options.clock.now() + 1 };
    const preview: JobPreview = { matched: 0, isComplete: false, runs: [], unjudged: 0, unjudgedRuns: [] };
    let cursor: string | null = null;
    for (let looked = 0; looked < PREVIEW_LOOKS; ) {
      const page: RunRow[] = await this.#options.store.listRuns(pageFilter({ ...job, cursor }, 400));
      const { matching, unjudged } = await matchingRuns(this.#options.store, page, filter);
      preview.unjudged += unjudged.length;
      const named = unjudged.slice(0, NAMED_RUNS - preview.unjudgedRuns.length);
      preview.unjudgedRuns.push(...named.map((run) => run.id));
      preview.matched += matching.length;
      preview.runs.push(...matching.slice(0, PREVIEW_RUNS - preview.runs.length));
      looked += page.length;
      cursor = page.at(-1)?.id ?? cursor;
      if (page.length < 400) return { ...preview, isComplete: true };
    }
    return preview;
  }

  /** The oldest first. */
  async list(
    kind: JobKind,
    { cursor = "", limit = 100 }: { cursor?: string; limit?: number } = {},
  ): Promise<JobView[]> {
    const found: JobView[] = [];
    for (let from = JOB_PREFIX + cursor; found.length < limit; ) {
      const page = { kinds: ["job" as const], cursor: from, limit: LIST_PAGE };
      const rows = (await this.#options.store.listGates(page)).filter(({ id }) => id.startsWith(JOB_PREFIX));
      found.push(...rows.map(viewOf).filter((job) => job.kind === kind));
      const last = rows.at(-1);
      if (!last || rows.length < LIST_PAGE) break;
      from = last.id;
    }
    return found.slice(0, limit);
  }

  /** Throws `job_not_found`. */
  async get(id: string): Promise<JobView> {
    return viewOf(await this.#read(id));
  }

  /** What was done stays done. Throws `job_not_found`. */
  async stop(id: string): Promise<JobView> {
    const { store, clock, newId } = this.#options;
    for (;;) {
      const row = await this.#read(id);
      const job = viewOf(row);
      if (job.status !== "running") return job;
      const now = clock.now();
      const stopped: BulkJob = { ...jobOf(row), status: "stopped", endedAt: now };
      const result = await store.commit({
        guards: [{ kind: "gate", id: row.id, stamp: row.stamp }],
        gates: [jobRow(id, stopped, newId(), now + JOB_TTL_MS)],
      });
      if (result.ok) return { ...stopped, id };
    }
  }

  async #read(id: string): Promise<GateRow> {
    const [row] = await this.#options.store.getGates([JOB_PREFIX + id]);
    if (row) return row;
    throw new StepfastError(
      "job_not_found",
      `There is no bulk operation "${id}": it may have ended a week ago`,
    );
  }
}

function viewOf(row: GateRow): JobView {
  return { ...jobOf(row), id: row.id.slice(JOB_PREFIX.length) };
}
