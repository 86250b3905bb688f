import type { ChangeSet, RunRow, StepRow } from "@stepfast/store";
import type { History } from "./history.ts";

interface Fork {
  of: string;
  kept: { runId: string; steps: number }[];
}

/** A run that repeats another says which, and who did the steps that it is made with. */
export function checkFork(history: History, changes: ChangeSet, run: RunRow): void {
  if (run.originalRunId === null && run.fork === null) return;
  const wrong = (what: string) =>
    history.journal.violate("forks-say-where-they-come-from", `${run.id} ${what}`);
  if (run.fork === null || run.originalRunId === null) return wrong("says half of it");
  const { of, kept } = JSON.parse(run.fork) as Fork;
  const repeated = history.runs.get(of);
  if (!repeated || (repeated.originalRunId ?? of) !== run.originalRunId) wrong(`does not come from ${of}`);
  const given = (changes.steps ?? []).filter((step) => step.runId === run.id && step.settledNo !== null);
  given.sort((a, b) => a.no - b.no);
  const doers = kept.flatMap(({ runId, steps }) => Array.from({ length: steps }, () => runId));
  if (doers.length !== given.length) wrong(`keeps ${given.length} steps and tells of ${doers.length}`);
  for (const [index, step] of given.entries()) {
    if (!didIt(history, doers[index] ?? "", step))
      wrong(`has ${step.userId}, which ${doers[index]} did not do`);
  }
}

function didIt(history: History, doer: string, { stepId }: StepRow): boolean {
  return history.settled.has(`${doer}/${stepId}`) && !history.isKept(doer, stepId);
}
