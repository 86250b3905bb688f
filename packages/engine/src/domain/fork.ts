import type { RunRow, StepRow } from "@stepfast/store";

/** Where a run that repeats another comes from. JSON in `RunRow.fork`; `RunRow.originalRunId` is the first run of the chain. */
export interface RunFork {
  /** The run that it repeats. */
  of: string;
  by: "rerun" | "replay";
  /** The replay's id; null: it is a rerun. */
  job: string | null;
  /** Where it begins; null: at the beginning. */
  step: ForkStep | null;
  /** The steps that it did not do itself are its first ones: so many that each of these runs did. */
  kept: KeptSteps[];
}

export interface ForkStep {
  stepId: string;
  /** As the function names it. */
  id: string;
  name: string;
  /** It was given other input: as long as the run has the step it is in the step's `opts`. */
  edited: boolean;
}

interface KeptSteps {
  runId: string;
  steps: number;
}

/** What made the run, and which run it repeats. */
export type ForkCause = Pick<RunFork, "of" | "by" | "job">;

export function wholeFork(cause: ForkCause): RunFork {
  return { ...cause, step: null, kept: [] };
}

/** Null: it repeats none; or it was made by a release that did not record it. */
export function forkOf(run: Pick<RunRow, "fork">): RunFork | null {
  return run.fork === null ? null : (JSON.parse(run.fork) as RunFork);
}

/** How many of the run's steps are not its own. */
export function keptCount(fork: RunFork): number {
  return fork.kept.reduce((sum, { steps }) => sum + steps, 0);
}

/** The run that did the step in the place of the one that has it; null: that one did, or will. */
export function keptFrom(fork: RunFork | null, { no }: Pick<StepRow, "no">): string | null {
  let beyond = 0;
  for (const { runId, steps } of fork?.kept ?? []) {
    beyond += steps;
    if (no < beyond) return runId;
  }
  return null;
}

/** Who did these steps of the run, in their order. */
export function doersOf(run: RunRow, steps: readonly StepRow[]): KeptSteps[] {
  const fork = forkOf(run);
  const doers: KeptSteps[] = [];
  for (const step of steps) {
    const runId = keptFrom(fork, step) ?? run.id;
    const last = doers.at(-1);
    if (last?.runId === runId) last.steps++;
    else doers.push({ runId, steps: 1 });
  }
  return doers;
}
