import { type Json, StepfastError } from "@stepfast/protocol";
import type { ChangeSet, GateRow, MessageRow, RunRow, Store } from "@stepfast/store";
import {
  afterPortion,
  type BulkFilter,
  type BulkJob,
  JOB_PREFIX,
  JOB_TTL_MS,
  type JobKind,
  pageFilter,
} from "../domain/bulk-job.ts";
import { eventPayload } from "../domain/event-row.ts";
import { SearchExpression, type SearchVars } from "../domain/expression/search.ts";
import type { GateWork } from "../domain/flow/gate-work.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Publisher } from "./publisher.ts";
import type { Reruns } from "./reruns.ts";

const PREVIEW_LOOKS = 20_000;
const PREVIEW_RUNS = 50;
/** While this node is busy with what the last portion caused. */
const PAUSE_MS = 20;

export interface BulkJobsOptions {
  store: Store;
  clock: Clock;
  log: Log;
  publisher: Publisher;
  reruns: Reruns;
  /** Runs that one commit is about. */
  portion: number;
  newId: () => string;
  /** A job wants to be gone on with by then. */
  onDue: (at: number) => void;
  /** More runs than this node likes to hold: go on later. */
  isCrowded: () => boolean;
  /** Tells runs of this node of messages that are stored. */
  deliver: (messages: MessageRow[]) => void;
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
}

/** Bulk cancellation and replay: portion by portion, each with its count in one commit, by whichever node comes to it first. */
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
    const none = { looked: 0, matched: 0, cursor: null, endedAt: null };
    // What was made in this very millisecond is meant, too.
    const job: BulkJob = { kind, filter, reason, status: "running", createdAt: now + 1, ...none };
    await store.commit({ gates: [this.#row(id, job, newId(), now)] });
    onDue(now);
    return { ...job, id };
  }

  async preview(kind: JobKind, filter: BulkFilter): Promise<JobPreview> {
    const job = { kind, filter, cursor: null, createdAt: this.#options.clock.now() + 1 };
    const preview: JobPreview = { matched: 0, isComplete: false, runs: [] };
    let cursor: string | null = null;
    for (let looked = 0; looked < PREVIEW_LOOKS; ) {
      const page: RunRow[] = await this.#options.store.listRuns(pageFilter({ ...job, cursor }, 400));
      const matching = await this.#matching(page, filter);
      preview.matched += matching.length;
      preview.runs.push(...matching.slice(0, PREVIEW_RUNS - preview.runs.length));
      looked += page.length;
      cursor = page.at(-1)?.id ?? cursor;
      if (page.length < 400) return { ...preview, isComplete: true };
    }
    return preview;
  }

  async list(kind: JobKind, page: { cursor?: string; limit?: number } = {}): Promise<JobView[]> {
    const rows = await this.#options.store.listGates({
      kinds: ["job"],
      limit: page.limit ?? 100,
      ...(page.cursor === undefined ? {} : { cursor: JOB_PREFIX + page.cursor }),
    });
    return rows.map(viewOf).filter((job) => job.kind === kind);
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
        gates: [this.#row(id, stopped, newId(), now + JOB_TTL_MS)],
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

  #row(id: string, job: BulkJob, stamp: string, dueAt: number): GateRow {
    return { id: JOB_PREFIX + id, kind: "job", functionId: null, stamp, state: JSON.stringify(job), dueAt };
  }

  /** The job is due: its next portion, or its end. */
  async goOn(row: GateRow): Promise<void> {
    const { store, clock, isCrowded, onDue } = this.#options;
    const job = jobOf(row);
    if (job.status !== "running") {
      await store.commit({
        guards: [{ kind: "gate", id: row.id, stamp: row.stamp }],
        endedGates: [row.id],
      });
      return;
    }
    if (isCrowded()) {
      const now = clock.now();
      await this.#put(row, job, now + PAUSE_MS, {}, []);
      onDue(now + PAUSE_MS);
      return;
    }
    await this.#portion(row, job);
  }

  async #portion(row: GateRow, job: BulkJob): Promise<void> {
    const { store, clock, portion, onDue, deliver } = this.#options;
    const page = await store.listRuns(pageFilter(job, portion));
    const matching = await this.#matching(page, job.filter);
    const now = clock.now();
    const isLast = page.length < portion;
    const next = afterPortion(job, { looked: page, matched: matching.length, isLast }, now);
    const messages = job.kind === "cancel" ? this.#cancellations(matching, job, now) : [];
    const work = job.kind === "replay" ? await this.#repeats(matching) : [];
    const dueAt = isLast ? now + JOB_TTL_MS : now;
    const isDone = await this.#put(row, next, dueAt, messages.length > 0 ? { messages } : {}, work);
    if (!isDone) return;
    deliver(messages);
    onDue(dueAt);
  }

  async #put(
    row: GateRow,
    job: BulkJob,
    dueAt: number,
    changes: ChangeSet,
    gateWork: GateWork[],
  ): Promise<boolean> {
    const { publisher, newId, log } = this.#options;
    const id = row.id.slice(JOB_PREFIX.length);
    const own: ChangeSet = {
      ...changes,
      guards: [{ kind: "gate", id: row.id, stamp: row.stamp }],
      gates: [this.#row(id, job, newId(), dueAt)],
    };
    const result = await publisher.publish([], own, { gateWork });
    if (!result.ok) log.debug("a portion of a bulk operation was done by another node", { id });
    return result.ok;
  }

  #cancellations(runs: RunRow[], job: BulkJob, now: number): MessageRow[] {
    return runs.map((run) => ({
      id: this.#options.newId(),
      runId: run.id,
      kind: "cancel",
      stepId: "",
      payload: JSON.stringify({ reason: job.reason ?? "bulk cancellation" }),
      createdAt: now,
    }));
  }

  async #repeats(runs: RunRow[]): Promise<GateWork[]> {
    const { store, reruns, newId } = this.#options;
    const events = new Map(
      (await store.getEvents(runs.map((run) => run.eventId))).map((row) => [row.id, row]),
    );
    return runs.flatMap((run) => {
      const event = events.get(run.eventId);
      return event ? [reruns.work(run, { events: [event] }, newId())] : [];
    });
  }

  async #matching(page: RunRow[], filter: BulkFilter): Promise<RunRow[]> {
    const wanted = filter.runIds ? page.filter((run) => filter.runIds?.includes(run.id)) : page;
    if (filter.expression === undefined || wanted.length === 0) return wanted;
    const expression = new SearchExpression(filter.expression);
    const rows = await this.#options.store.getEvents(wanted.map((run) => run.eventId));
    const events = new Map(rows.map((row) => [row.id, eventPayload(row)]));
    return wanted.filter((run) => expression.test(searchVars(run, events.get(run.eventId) ?? null)));
  }
}

function searchVars(run: RunRow, event: SearchVars["event"]): SearchVars {
  const result = run.output === null ? null : (JSON.parse(run.output) as Json);
  const { id, status, functionId, appId, attempt } = run;
  const isFailure = status === "failed" || status === "cancelled";
  return {
    event,
    output: isFailure ? null : result,
    error: isFailure ? result : null,
    run: { id, status, function: functionId, app: appId, attempt },
  };
}

function jobOf(row: GateRow): BulkJob {
  return JSON.parse(row.state) as BulkJob;
}

function viewOf(row: GateRow): JobView {
  return { ...jobOf(row), id: row.id.slice(JOB_PREFIX.length) };
}
