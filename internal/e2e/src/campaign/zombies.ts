import type { Execution } from "./ledger.ts";

/**
 * The executions that belong to the run as it went on. A call may go on after its run was taken over: what it still
 * begins is of a lower generation than what has begun before, and nothing of it may be recorded.
 */
export function withoutZombies(executions: Execution[]): Execution[] {
  const newest = new Map<string, number>();
  return executions.filter(({ runId, generation = 0 }) => {
    const known = newest.get(runId) ?? 0;
    newest.set(runId, Math.max(known, generation));
    return generation >= known;
  });
}
