import { forkOf, keptCount, type RunFork } from "@stepfast/engine";
import type { RunRow } from "@stepfast/store";
import type { z } from "zod";
import type { forkedRun, fork as forkSchema } from "../schemas/run.ts";
import { isoText, isoTime } from "./envelope.ts";

type ForkView = z.input<typeof forkSchema>;
type ForkedRun = z.input<typeof forkedRun>;
type Status = ForkView["of"]["status"];

/** Statuses of runs by id, as far as the runs are there. */
export type KnownStatuses = ReadonlyMap<string, Status>;

export interface ForkFacts {
  /** Absent: nobody looked. */
  statuses?: KnownStatuses | undefined;
  /** Of the step at which it begins. */
  input?: unknown[] | undefined;
}

/** The runs that are named in the run's fork. */
export function forkedFrom(run: RunRow): string[] {
  const made = forkOf(run);
  return made === null ? [] : [...new Set([made.of, run.originalRunId ?? made.of])];
}

function common(made: RunFork) {
  return { by: made.by, job: made.job, fromStep: made.step, keptSteps: keptCount(made) };
}

/** Null: the run repeats none. */
export function forkView(run: RunRow, { statuses, input }: ForkFacts = {}): ForkView | null {
  const made = forkOf(run);
  if (made === null) return null;
  const link = (runId: string) => (statuses ? { runId, status: statuses.get(runId) ?? null } : { runId });
  const view = { of: link(made.of), original: link(run.originalRunId ?? made.of), ...common(made) };
  if (made.step === null || input === undefined) return view;
  return { ...view, fromStep: { ...made.step, input } };
}

function forkedRunView(run: RunRow, made: RunFork): ForkedRun {
  const status = run.status.toUpperCase() as ForkedRun["status"];
  const times = { queuedAt: isoText(run.queuedAt), endedAt: isoTime(run.endedAt) };
  return { runId: run.id, of: made.of, ...common(made), status, ...times };
}

/** Of runs with the same first run, the newest first, those that repeat this one, also by way of others. */
export function forksOf(run: RunRow, family: readonly RunRow[]): ForkedRun[] {
  const isRoot = run.originalRunId === null;
  const descendants = new Set([run.id]);
  const found: ForkedRun[] = [];
  // A run is younger than the one that it repeats.
  for (const each of [...family].reverse()) {
    const made = forkOf(each);
    if (made === null || !(isRoot || descendants.has(made.of))) continue;
    descendants.add(each.id);
    found.push(forkedRunView(each, made));
  }
  return found.reverse();
}
