import type { ChangeSet, RunRow } from "@stepfast/store";
import type { History } from "./history.ts";
import type { Journal } from "./journal.ts";

interface JobState {
  kind: "cancel" | "replay";
  filter: { functionIds?: string[]; statuses?: string[]; expression?: string };
  status: "running" | "completed" | "stopped";
  looked: number;
  matched: number;
  createdAt: number;
}

interface KnownJob {
  state: JobState;
  /** Runs there were when it began. */
  runs: Set<string>;
  told: Set<string>;
}

const PREFIX = "job:";

/** Holds bulk operations to their own count, commit by commit. */
export class JobCheck {
  readonly #jobs = new Map<string, KnownJob>();
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  check(history: History, changes: ChangeSet): void {
    for (const { id, state } of changes.gates ?? []) {
      if (!id.startsWith(PREFIX)) continue;
      const next = JSON.parse(state) as JobState;
      const known = this.#jobs.get(id);
      if (known) this.#checkPortion(history, id, known, next, changes);
      else this.#jobs.set(id, { state: next, runs: new Set(history.runs.keys()), told: new Set() });
    }
  }

  #checkPortion(history: History, id: string, known: KnownJob, next: JobState, changes: ChangeSet): void {
    const { state, told } = known;
    const cancelled = (changes.messages ?? []).filter(({ kind }) => kind === "cancel");
    const repeated = (changes.newRuns ?? []).filter((run) => run.originalRunId !== null);
    const done = next.kind === "cancel" ? cancelled.length : repeated.length;
    if (next.matched - state.matched !== done)
      this.#journal.violate(
        "jobs-count-what-they-do",
        `${id} did ${done} and counts ${next.matched - state.matched}`,
      );
    if (state.status !== "running" && (done > 0 || next.looked !== state.looked))
      this.#journal.violate("stopped-jobs-stop", `${id} is ${state.status} and went on`);
    for (const { runId } of cancelled) {
      if (told.has(runId)) this.#journal.violate("jobs-do-it-once", `${id} cancelled ${runId} twice`);
      told.add(runId);
      this.#checkFits(history, id, next, runId);
    }
    for (const run of repeated) this.#checkRepeat(history, id, known, run);
    known.state = next;
    if (next.status === "completed" && state.status === "running") this.#checkAll(history, id, known);
  }

  #checkRepeat(history: History, id: string, { state, told }: KnownJob, run: RunRow): void {
    const { of, job } = JSON.parse(run.fork ?? "{}") as { of?: string; job?: string | null };
    if (of === undefined || `${PREFIX}${job}` !== id)
      return this.#journal.violate("forks-say-where-they-come-from", `${run.id} was made by ${id}`);
    if (told.has(of)) this.#journal.violate("jobs-do-it-once", `${id} repeated ${of} twice`);
    told.add(of);
    this.#checkFits(history, id, state, of);
  }

  #checkFits(history: History, id: string, { filter }: JobState, runId: string): void {
    const run = history.runs.get(runId);
    const isMeant = !filter.functionIds || filter.functionIds.includes(run?.functionId ?? "");
    const k = (JSON.parse(history.events.get(run?.eventId ?? "")?.data ?? "{}") as { k?: unknown }).k;
    if (!isMeant || (filter.expression !== undefined && k !== 1))
      this.#journal.violate(
        "jobs-keep-to-their-filter",
        `${id} did it to ${runId} of ${run?.functionId}, k ${String(k)}`,
      );
  }

  /** What was there when it began, fits, and lives yet, was told. */
  #checkAll(history: History, id: string, { state, runs, told }: KnownJob): void {
    const { filter, kind, createdAt } = state;
    if (kind !== "cancel" || filter.statuses || filter.expression !== undefined) return;
    for (const runId of history.live) {
      if (!runs.has(runId) || told.has(runId)) continue;
      const run = history.runs.get(runId);
      // It was asked for before the run was made, and written down after that.
      if (!run || run.queuedAt >= createdAt) continue;
      if (filter.functionIds && !filter.functionIds.includes(run.functionId)) continue;
      this.#journal.violate("jobs-reach-all", `${id} has ended and went past ${runId} of ${run.functionId}`);
    }
  }
}
