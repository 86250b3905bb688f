import { type Evidence, groupBy } from "../evidence.ts";

/** After the acknowledgement only what was running then may still finish: nothing begins. */
export function* checkCancellations({ courier, executions, runs }: Evidence): Generator<string> {
  const byRun = groupBy(executions, ({ runId }) => runId);
  const statusOf = new Map(runs.map(({ id, status }) => [id, status]));
  for (const { runId, ledgerBytes } of courier.cancellations) {
    const status = statusOf.get(runId);
    if (status !== "CANCELLED") yield `run ${runId} was cancelled, and is ${status}`;
    const late = (byRun.get(runId) ?? []).filter(({ begunAt }) => begunAt >= ledgerBytes);
    if (late.length > 0) yield `run ${runId} began ${late.length} steps after it was cancelled`;
  }
}
