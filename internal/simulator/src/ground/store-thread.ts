import { parentPort, workerData } from "node:worker_threads";
import { StepfastError } from "@stepfast/protocol";
import type { LoadedRun, SharedStore } from "@stepfast/store";
import { DatabasePlace, type DatabasePlaceOptions } from "./database-place.ts";
import { FilePlace } from "./file-place.ts";
import { OBSERVER, type StoreAnswer, type StoreCall } from "./store-calls.ts";

/*
 * A thread with the stores of all nodes of a simulation, in real time: the simulation's own thread has virtual time. Calls
 * come in lists; the writes of a list that come from one node are asked for at once, so that the store makes a batch of them.
 */

const options = workerData as DatabasePlaceOptions | null;
const place = options === null ? new FilePlace() : new DatabasePlace(options);

function tell(answers: StoreAnswer[]): void {
  parentPort?.postMessage(answers);
}

parentPort?.on("message", (calls: StoreCall[]) => {
  const byNode = new Map<string, StoreCall[]>();
  for (const call of calls) byNode.set(call.node, [...(byNode.get(call.node) ?? []), call]);
  for (const [node, own] of byNode) void carryOut(node, own);
});

async function carryOut(node: string, calls: StoreCall[]): Promise<void> {
  const runIds = [...new Set(calls.flatMap((call) => call.runIds ?? []))];
  const before = await runsOf(runIds);
  const answers = await Promise.all(calls.map((call) => answerOf(node, call)));
  const after = await runsOf(runIds);
  tell(answers.map((answer, i) => (calls[i]?.runIds === undefined ? answer : { ...answer, before, after })));
}

async function runsOf(ids: string[]): Promise<LoadedRun[]> {
  if (ids.length === 0) return [];
  const observer = await place.storeOf(OBSERVER);
  const found = await Promise.all(ids.map((id) => observer.loadRun(id)));
  return found.filter((run) => run !== null);
}

async function answerOf(node: string, { id, method, args }: StoreCall): Promise<StoreAnswer> {
  try {
    if (method === "leave") return { id, value: await place.leave(node) };
    if (method === "reopen") return { id, value: await place.reopen() };
    if (method === "clear") return { id, value: await place.clear() };
    const store = (await place.storeOf(node)) as SharedStore;
    const operation = store[method] as (...given: unknown[]) => Promise<unknown>;
    return { id, value: await operation.apply(store, args) };
  } catch (error) {
    const code = StepfastError.is(error) ? error.code : undefined;
    return { id, error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}
