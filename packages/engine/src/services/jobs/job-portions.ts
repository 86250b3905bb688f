import type { ChangeSet, GateRow, MessageRow, RunRow, Store } from "@stepfast/store";
import {
  afterPortion,
  type BulkJob,
  JOB_PREFIX,
  JOB_TTL_MS,
  jobOf,
  jobRow,
  pageFilter,
} from "../../domain/bulk-job.ts";
import type { GateWork } from "../../domain/flow/gate-work.ts";
import { wholeFork } from "../../domain/fork.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { FunctionSpec } from "../../domain/function-spec.ts";
import { takeover } from "../../domain/takeover.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { PublishExtras, Publisher, PublishResult } from "../events/publisher.ts";
import { type Reruns, stillThere } from "../runs/reruns.ts";
import { JobTurn } from "./job-turn.ts";
import { type MatchingRuns, matchingRuns } from "./matching-runs.ts";

/** Runs that are looked at in one go, at most. */
const LOOK = 400;
/** While this node is busy with what others want of it. */
const PAUSE_MS = 20;

export interface JobPortionsOptions {
  store: Store;
  clock: Clock;
  log: Log;
  publisher: Publisher;
  reruns: Reruns;
  newId: () => string;
  /** Runs that a portion is done to, at most. Default: as many as the pace allows. */
  portion?: number | undefined;
  /** A job wants to be gone on with by then. */
  onDue: (at: number) => void;
  /** More runs than this node likes to hold: go on later. */
  isCrowded: () => boolean;
  /** Session to own one run of the function more than `count` that it gets now; null: it is not for this node. */
  ownerOfNext: (count: number, spec: FunctionSpec) => string | null;
  index: FunctionIndex;
  /** Tells runs of this node of messages that are stored. */
  deliver: (messages: MessageRow[]) => void;
  /** Resolves when a run of this node has taken the message in, or after `patienceMs`. */
  whenConsumed: (messageId: string, patienceMs: number) => Promise<boolean>;
}

/**
 * Carries bulk operations out: portion by portion, each with its count in one commit, by whichever node comes to it first.
 * The next portion waits until the runs of the one before have ended: others never stand behind more than one.
 */
export class JobPortions {
  readonly #options: JobPortionsOptions;
  /** Of the jobs that this node has gone on with. */
  readonly #turns = new Map<string, JobTurn>();

  constructor(options: JobPortionsOptions) {
    this.#options = options;
  }

  /** The job is due: its next portion, or its end. */
  async goOn(row: GateRow): Promise<void> {
    const job = jobOf(row);
    if (job.status !== "running") return await this.#forget(row);
    const turn = this.#turnOf(row.id);
    if (this.#options.isCrowded()) return await this.#wait(row, job, PAUSE_MS);
    if (!(await turn.isSettled())) return await this.#wait(row, job, turn.pace.expectedMs);
    if (turn.pace.wantsMeasure) return await turn.measure(() => this.#wait(row, job, 0));
    await this.#portion(row, job, turn);
  }

  async #forget(row: GateRow): Promise<void> {
    this.#turns.delete(row.id);
    await this.#options.store.commit({
      guards: [{ kind: "gate", id: row.id, stamp: row.stamp }],
      endedGates: [row.id],
    });
  }

  #turnOf(id: string): JobTurn {
    const known = this.#turns.get(id);
    if (known) return known;
    const turn = new JobTurn(this.#options);
    this.#turns.set(id, turn);
    return turn;
  }

  async #wait(row: GateRow, job: BulkJob, ms: number): Promise<void> {
    const dueAt = this.#options.clock.now() + ms;
    await this.#put(row, job, dueAt);
    this.#options.onDue(dueAt);
  }

  async #portion(row: GateRow, job: BulkJob, turn: JobTurn): Promise<void> {
    const { clock, onDue, deliver, portion = Infinity } = this.#options;
    const begunAt = clock.now();
    const selected = await this.#select(job, Math.min(turn.pace.size, portion));
    const { matching, isLast } = selected;
    const next = afterPortion(job, { ...selected, matched: matching.length }, clock.now());
    const messages = job.kind === "cancel" ? this.#cancellations(matching, job, clock.now()) : [];
    const dueAt = isLast ? begunAt + JOB_TTL_MS : begunAt + turn.pace.cycleMs;
    const put = (changes: ChangeSet, extras: PublishExtras) => this.#put(row, next, dueAt, changes, extras);
    const isDone =
      job.kind === "replay"
        ? (await put({ guards: matching.map(stillThere) }, { gateWork: await this.#repeats(row, matching) }))
            .ok
        : await this.#cancel(matching, messages, put);
    if (!isDone) return;
    turn.begin(messages, { begunAt, count: matching.length });
    if (isLast) this.#turns.delete(row.id);
    deliver(messages);
    onDue(dueAt);
  }

  /** Runs that nobody owns are taken over in the same commit; one that somebody has claimed meanwhile hears of it there. */
  async #cancel(
    runs: RunRow[],
    messages: MessageRow[],
    put: (changes: ChangeSet, extras: PublishExtras) => Promise<PublishResult>,
  ): Promise<boolean> {
    const { index, ownerOfNext } = this.#options;
    const elsewhere = new Set<string>();
    for (;;) {
      const { leased, ...changes } = takeover(runs, (count, { id, functionId }) => {
        const spec = elsewhere.has(id) ? undefined : index.get(functionId);
        return spec ? ownerOfNext(count, spec) : null;
      });
      const result = await put(messages.length > 0 ? { ...changes, messages } : {}, { leased });
      if (result.ok || result.conflict.kind !== "guard" || result.conflict.guard.kind !== "unowned")
        return result.ok;
      elsewhere.add(result.conflict.guard.runId);
    }
  }

  /** The next runs to look at: so many of them that no more than `size` match. */
  async #select(
    job: BulkJob,
    size: number,
  ): Promise<Omit<MatchingRuns, "looked"> & { looked: RunRow[]; isLast: boolean }> {
    const { store } = this.#options;
    const { expression, runIds, skipRepeated = false } = job.filter;
    const isChosen = expression !== undefined || runIds !== undefined || skipRepeated;
    const limit = isChosen ? LOOK : size;
    const page = await store.listRuns(pageFilter(job, limit));
    const { looked, ...found } = await matchingRuns(store, page, job.filter, size);
    const isLast = page.length < limit && looked === page.length;
    return { ...found, looked: page.slice(0, looked), isLast };
  }

  async #put(
    row: GateRow,
    job: BulkJob,
    dueAt: number,
    changes: ChangeSet = {},
    extras: PublishExtras = {},
  ): Promise<PublishResult> {
    const { publisher, newId, log } = this.#options;
    const id = row.id.slice(JOB_PREFIX.length);
    const own: ChangeSet = {
      ...changes,
      guards: [{ kind: "gate", id: row.id, stamp: row.stamp }, ...(changes.guards ?? [])],
      gates: [jobRow(id, job, newId(), dueAt)],
    };
    const result = await publisher.publish([], own, extras);
    if (!result.ok) log.debug("a portion of a bulk operation was not written", { id });
    return result;
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

  async #repeats({ id }: GateRow, runs: RunRow[]): Promise<GateWork[]> {
    const { store, reruns, newId } = this.#options;
    const job = id.slice(JOB_PREFIX.length);
    const events = new Map(
      (await store.getEvents(runs.map((run) => run.eventId))).map((row) => [row.id, row]),
    );
    const known = await reruns.known(runs.map((run) => run.functionId));
    return runs.flatMap((run) => {
      const row = events.get(run.eventId);
      const fork = wholeFork({ of: run.id, by: "replay", job });
      return row ? [reruns.work(run, { row, known, id: newId(), fork })] : [];
    });
  }
}
