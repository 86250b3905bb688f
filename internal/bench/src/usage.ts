import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** What a piece of work took. */
export interface Expense {
  ms: number;
  /** Processor time of the app's process. */
  appMs: number;
  /** Of this process: the server, and who gives it work. */
  serverMs: number;
}

/** Milliseconds of processor time of this process so far, with its threads. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Tells the parent of this process what it has used whenever it asks. */
export function answerUsage(): void {
  process.on("message", () => process.send?.({ usedMs: usedMs() }));
}

async function usedMsOf(app: ChildProcess): Promise<number> {
  const answered = once(app, "message") as Promise<[{ usedMs: number }]>;
  app.send("usage");
  const [answer] = await answered;
  return answer.usedMs;
}

/** `app`: a child that {@link answerUsage}. */
export async function expenseOf(app: ChildProcess, work: () => Promise<unknown>): Promise<Expense> {
  const appBefore = await usedMsOf(app);
  const serverBefore = usedMs();
  const begunAt = performance.now();
  await work();
  const ms = performance.now() - begunAt;
  const serverMs = usedMs() - serverBefore;
  return { ms, serverMs, appMs: (await usedMsOf(app)) - appBefore };
}
