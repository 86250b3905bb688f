import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { StepfastError } from "@stepfast/protocol";
import type { FilledTable } from "./tables.ts";
import type { WorkerAnswer, WorkerTask } from "./worker.ts";

/** Of one query. */
export const queryLimits = { timeMs: 2_000, memoryBytes: 192 * 1024 * 1024, rows: 1_000, atOnce: 2 } as const;

/** Beyond the time the query has: filling the tables takes some, too. */
const PATIENCE_MS = 15_000;

/** Built code: a thread is started from a file, also where this one is read from its source. */
const workerFile = new URL("../../dist/insights/worker.js", import.meta.url);

export type QueryResult = Exclude<WorkerAnswer, { error: string }>;

let running = 0;
const waiting: (() => void)[] = [];

/** Few queries run at once; the others wait for their turn. */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= queryLimits.atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await work();
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function answerOf(task: WorkerTask): Promise<WorkerAnswer> {
  const worker = new Worker(workerFile, { workerData: task, stdout: true, stderr: true });
  try {
    const [answer] = (await once(worker, "message", { signal: AbortSignal.timeout(PATIENCE_MS) })) as [
      WorkerAnswer,
    ];
    return answer;
  } catch (error) {
    const isLate = error instanceof Error && error.name === "AbortError";
    return { error: isLate ? "it took too long" : `it failed: ${String(error)}` };
  } finally {
    await worker.terminate();
  }
}

/** Asks the tables in a thread that is ended afterwards. Throws `query_failed`. */
export async function askTables(sql: string, tables: FilledTable[]): Promise<QueryResult> {
  if (!/^\s*(SELECT|WITH|VALUES)\b/i.test(sql)) {
    throw new StepfastError("query_failed", "A query is one SELECT");
  }
  const { timeMs, memoryBytes, rows: maxRows } = queryLimits;
  const answer = await inTurn(() => answerOf({ sql, tables, timeMs, memoryBytes, maxRows }));
  if ("error" in answer)
    throw new StepfastError("query_failed", `The query cannot be answered: ${answer.error}`);
  return answer;
}
