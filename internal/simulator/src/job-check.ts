import type { ChangeSet, RunRow } from "@stepfast/store";
import type { History } from "./history.ts";
import type { JobState, KnownJob } from "./known-job.ts";

const PREFIX = "job:";

/** Holds bulk operations to their own count, commit by commit. */
export function checkJobs(history: History, changes: ChangeSet): void {
  for (const { id, state } of changes.gates ?? []) {
    if (!id.startsWith(PREFIX)) continue;
    const next = JSON.parse(state) as JobState;
    const known = history.jobs.get(id);
    if (known) checkPortion(history, id, known, next, changes);
    else history.jobs.set(id, { state: next, runs: new Set(history.runs.keys()), told: new Set() });
  }
}

function checkPortion(
  history: History,
  id: string,
  known: KnownJob,
  next: JobState,
  changes: ChangeSet,
): void {
  const { state, told } = known;
  const cancelled = (changes.messages ?? []).filter(({ kind }) => kind === "cancel");
  const repeated = (changes.newRuns ?? []).filter((run) => run.originalRunId !== null);
  const done = next.kind === "cancel" ? cancelled.length : repeated.length;
  if (next.matched - state.matched !== done)
    history.journal.violate(
      "jobs-count-what-they-do",
      `${id} did ${done} and counts ${next.matched - state.matched}`,
    );
  if (state.status !== "running" && (done > 0 || next.looked !== state.looked))
    history.journal.violate("stopped-jobs-stop", `${id} is ${state.status} and went on`);
  for (const { runId } of cancelled) {
    if (told.has(runId)) history.journal.violate("jobs-do-it-once", `${id} cancelled ${runId} twice`);
    told.add(runId);
    checkFits(history, id, next, runId);
  }
  for (const run of repeated) checkRepeat(history, id, known, run);
  known.state = next;
  if (next.status === "completed" && state.status === "running") checkAll(history, id, known);
}

function checkRepeat(history: History, id: string, { state, told }: KnownJob, run: RunRow): void {
  const { of, job } = JSON.parse(run.fork ?? "{}") as { of?: string; job?: string | null };
  if (of === undefined || `${PREFIX}${job}` !== id)
    return history.journal.violate("forks-say-where-they-come-from", `${run.id} was made by ${id}`);
  if (told.has(of)) history.journal.violate("jobs-do-it-once", `${id} repeated ${of} twice`);
  told.add(of);
  checkFits(history, id, state, of);
}

function checkFits(history: History, id: string, { filter }: JobState, runId: string): void {
  const run = history.runs.get(runId);
  const isMeant = !filter.functionIds || filter.functionIds.includes(run?.functionId ?? "");
  const k = (JSON.parse(history.events.get(run?.eventId ?? "")?.data ?? "{}") as { k?: unknown }).k;
  if (!isMeant || (filter.expression !== undefined && k !== 1))
    history.journal.violate(
      "jobs-keep-to-their-filter",
      `${id} did it to ${runId} of ${run?.functionId}, k ${String(k)}`,
    );
}

/** What was there when it began, fits, and lives yet, was told. */
function checkAll(history: History, id: string, { state, runs, told }: KnownJob): void {
  const { filter, kind, createdAt } = state;
  if (kind !== "cancel" || filter.statuses || filter.expression !== undefined) return;
  for (const runId of history.live) {
    if (!runs.has(runId) || told.has(runId)) continue;
    const run = history.runs.get(runId);
    // It was asked for before the run was made, and written down after that.
    if (!run || run.queuedAt >= createdAt) continue;
    if (filter.functionIds && !filter.functionIds.includes(run.functionId)) continue;
    history.journal.violate("jobs-reach-all", `${id} has ended and went past ${runId} of ${run.functionId}`);
  }
}
