import { type Evidence, groupBy } from "../evidence.ts";
import type { Execution } from "../ledger.ts";
import { stepsOf } from "../record.ts";
import { undoOf } from "../workshop.ts";

/**
 * Of a run that did not succeed each completed step was undone, once, the last one first; of any other run none was. That no rollback
 * ran again after it was recorded is for `checkSteps` to see.
 */
export function* checkRollbacks({ executions, runs, scenarios, traces }: Evidence): Generator<string> {
  const undone = Object.assign({}, ...scenarios.map(({ undoes }) => undoes)) as Record<string, string[]>;
  const byRun = groupBy(executions, ({ runId }) => runId);
  for (const { id, status, function: fn } of runs) {
    const names = undone[fn.id];
    if (names === undefined) continue;
    const steps = stepsOf(traces.get(id));
    const completed = names.filter((name) => steps.get(name)?.status === "COMPLETED");
    const wanted = status === "COMPLETED" ? [] : completed.reverse().map(undoOf);
    const recorded = names.map(undoOf).filter((name) => steps.get(name)?.status === "COMPLETED");
    const begun = firstBeginnings(byRun.get(id) ?? [], names.map(undoOf));
    if (begun.join() !== wanted.join() || recorded.length !== wanted.length)
      yield `run ${id} (${fn.id}) is ${status}: undone are [${begun}], recorded as such [${recorded}], instead of [${wanted}]`;
  }
}

function firstBeginnings(executions: Execution[], names: string[]): string[] {
  return [...new Set(executions.map(({ step }) => step).filter((step) => names.includes(step)))];
}
