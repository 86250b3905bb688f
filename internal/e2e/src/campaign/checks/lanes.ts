import type { Evidence } from "../evidence.ts";
import type { Execution } from "../ledger.ts";
import type { LostConnection } from "../zombies.ts";

/**
 * No more runs of a limited function were at work at any moment than may be, as the app saw it. What was cut off in the
 * middle is not counted, and neither is what a run did after it had been taken over by another node, or its worker was lost.
 */
export function* checkLanes({ executions, runs, scenarios, lost = [] }: Evidence): Generator<string> {
  const limits = Object.assign({}, ...scenarios.map(({ lanes }) => lanes)) as Record<string, number>;
  const functionOf = new Map(runs.map((run) => [run.id, run.function.id]));
  for (const [functionId, limit] of Object.entries(limits)) {
    const own = executions.filter(({ runId }) => functionOf.get(runId) === functionId);
    const most = mostAtOnce(own, lost);
    if (most > limit) yield `${most} runs of ${functionId} were at work at once, and ${limit} may be`;
  }
}

function mostAtOnce(executions: Execution[], lost: readonly LostConnection[]): number {
  const changes = executions.flatMap((execution) => {
    const { runId, begunAt } = execution;
    const endedAt = endOf(execution, executions, lost);
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

/**
 * Whoever took the run over began anew: what was under way then has lost its place. So has what was under way in a worker that
 * was given up, although the worker may end it later.
 */
function endOf(execution: Execution, all: Execution[], lost: readonly LostConnection[]): number | undefined {
  const { begunAt, endedAt, connection } = execution;
  if (endedAt === undefined) return undefined;
  const next = all.find((other) => begunAt < other.begunAt && isAnew(other, execution));
  const gone = lost.find((each) => each.connection === connection && begunAt < each.ledgerBytes);
  return Math.min(endedAt, next?.begunAt ?? endedAt, gone?.ledgerBytes ?? endedAt);
}

function isAnew(other: Execution, { runId, step, attempt, generation }: Execution): boolean {
  if (other.runId !== runId) return false;
  return other.generation !== generation || (other.step === step && other.attempt > attempt);
}
