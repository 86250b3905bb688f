import type { Execution } from "./ledger.ts";

/** A worker's connection that the nodes gave up when the ledger was this long, or longer. The worker was not told. */
export interface LostConnection {
  connection: string;
  ledgerBytes: number;
}

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

/**
 * Without what workers began after the nodes had given them up: a call that came before goes on, or begins only now. What is recorded
 * stays: it must be the only one that is.
 */
export function withoutStrays(
  executions: Execution[],
  lost: readonly LostConnection[],
  isRecorded: (value: string) => boolean,
): Execution[] {
  const since = new Map(lost.map(({ connection, ledgerBytes }) => [connection, ledgerBytes]));
  return executions.filter(({ connection = "", begunAt, value }) => {
    const from = since.get(connection);
    return from === undefined || begunAt < from || isRecorded(value);
  });
}
