import { type Evidence, groupBy } from "../evidence.ts";
import type { Execution } from "../ledger.ts";

/** A step did not begin once one that comes after it had begun: by then it was recorded. */
export function* checkOrder({ executions, runs, scenarios }: Evidence): Generator<string> {
  const byRun = groupBy(executions, ({ runId }) => runId);
  const orders = Object.assign({}, ...scenarios.map(({ order }) => order)) as Record<string, string[][]>;
  for (const run of runs) {
    const stages = orders[run.function.id] ?? [];
    for (const problem of problemsOf(stages, byRun.get(run.id) ?? []))
      yield `run ${run.id} (${run.function.id}): ${problem}`;
  }
}

function* problemsOf(stages: string[][], executions: Execution[]): Generator<string> {
  const stageOf = new Map(stages.flatMap((names, stage) => names.map((name) => [name, stage] as const)));
  let reached: { stage: number; step: string } | undefined;
  for (const { step } of executions) {
    const stage = stageOf.get(step);
    if (stage === undefined) continue;
    if (reached === undefined || stage > reached.stage) reached = { stage, step };
    else if (stage < reached.stage) yield `step ${step} began after step ${reached.step} had begun`;
  }
}
