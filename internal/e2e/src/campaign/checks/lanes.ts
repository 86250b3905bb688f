import type { Evidence } from "../evidence.ts";
import type { Execution } from "../ledger.ts";

/**
 * No more runs of a limited function were at work at any moment than may be, as the app saw it. What was cut off in the
 * middle is not counted, and neither is what a run did after it had been taken over by another node, or its worker was lost.
 */
export function* checkLanes({ executions, runs, scenarios }: Evidence): Generator<string> {
  const limits = Object.assign({}, ...scenarios.map(({ lanes }) => lanes)) as Record<string, number>;
  const functionOf = new Map(runs.map((run) => [run.id, run.function.id]));
  for (const [functionId, limit] of Object.entries(limits)) {
    const own = executions.filter(({ runId }) => functionOf.get(runId) === functionId);
    const most = mostAtOnce(own);
    if (most > limit) yield `${most} runs of ${functionId} were at work at once, and ${limit} may be`;
  }
}

function mostAtOnce(executions: Execution[]): number {
  const changes = executions.flatMap((execution) => {
    const { runId, begunAt } = execution;
    const endedAt = endOf(execution, executions);
    return endedAt === undefined
      ? []
      : [
          { at: begunAt, runId, by: 1 },
          { at: endedAt, runId, by: -1 },
        ];
  });
  const atWork = new Map<string, number>();
  let most = 0;
  for (const { runId, by } of changes.sort((a, b) => a.at - b.at)) {
    const count = (atWork.get(runId) ?? 0) + by;
    if (count === 0) atWork.delete(runId);
    else atWork.set(runId, count);
    most = Math.max(most, atWork.size);
  }
  return most;
}

/** Whoever took the run over began anew: what was under way then has lost its place. */
function endOf(
  { runId, step, attempt, begunAt, endedAt, generation }: Execution,
  all: Execution[],
): number | undefined {
  const next = all.find(
    (other) =>
      other.runId === runId &&
      other.begunAt > begunAt &&
      (other.generation !== generation || (other.step === step && other.attempt > attempt)),
  );
  if (endedAt === undefined) return undefined;
  return next === undefined ? endedAt : Math.min(endedAt, next.begunAt);
}
