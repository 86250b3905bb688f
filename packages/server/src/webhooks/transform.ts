import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { StepfastError } from "@stepfast/protocol";
import { type Posted, type TransformAnswer, type TransformTask, transformLimits } from "./transform-task.ts";

/** Beyond the time of a transform: the first one waits for the thread to start. */
const START_MS = 10_000;

/** Built code: a thread is started from a file, also where this one is read from its source. */
const workerFile = new URL("../../dist/webhooks/worker.js", import.meta.url);

let thread: Worker | undefined;
let lastTurn: Promise<unknown> = Promise.resolve();

function failed(problem: string): StepfastError {
  return new StepfastError("transform_failed", `The webhook's transform ${problem}`);
}

function started(): Worker {
  const worker = new Worker(workerFile, { stdout: true, stderr: true });
  // Only a transform that is under way keeps the process alive.
  worker.unref();
  return worker;
}

/** The thread's answer. One that does not come in time costs the thread; the next transform gets a new one. */
async function ask(task: TransformTask): Promise<TransformAnswer> {
  const isNew = thread === undefined;
  thread ??= started();
  const worker = thread;
  const patienceMs = transformLimits.timeMs + (isNew ? START_MS : 0);
  worker.ref();
  worker.postMessage(task);
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const [answer] = (await once(worker, "message", { signal })) as [TransformAnswer];
    worker.unref();
    return answer;
  } catch (error) {
    thread = undefined;
    await worker.terminate();
    const isLate = error instanceof Error && error.name === "AbortError";
    return { problem: isLate ? "took too long" : `failed: ${String(error)}` };
  }
}

/** One transform runs at a time. */
async function inTurn(task: TransformTask): Promise<unknown> {
  const turn = lastTurn.then(() => ask(task));
  lastTurn = turn.catch(() => undefined);
  const answer = await turn;
  if ("problem" in answer) throw failed(answer.problem);
  return answer.value;
}

/** Throws `transform_failed` where the code cannot be read, or names no function `transform`. */
export async function checkTransform(code: string): Promise<void> {
  await inTurn({ code, posted: null });
}

/** What the transform makes of the request: JSON. Throws `transform_failed`. */
export async function runTransform(code: string, posted: Posted): Promise<unknown> {
  return await inTurn({ code, posted });
}
