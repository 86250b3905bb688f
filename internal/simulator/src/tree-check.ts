import type { History } from "./history.ts";

/** All runs that a cancelled run invoked have been told, and theirs. */
export async function checkTreeCancelled(history: History, runId: string): Promise<void> {
  for (const { id, parentRunId, origin } of [...history.runs.values()]) {
    if (origin !== "invoke" || parentRunId !== runId) continue;
    const child = await history.store.loadRun(id);
    if (!child) continue;
    const { run, steps } = child;
    const isStopping = run.cancel !== null || run.endedAt !== null;
    if (!isStopping && !steps.some((step) => step.op === "Rollback"))
      history.journal.violate("children-are-cancelled", `${id}, invoked by ${runId}, goes on`);
    if (run.status === "cancelled" || run.cancel !== null) await checkTreeCancelled(history, id);
  }
}
