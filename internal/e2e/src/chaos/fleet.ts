import { fleetApp, guestApp } from "../campaign/app-under-test.ts";
import { ClusterWorker } from "./cluster-worker.ts";
import type { WorkerOptions } from "./worker.ts";

/** Two on our SDK, with and without a thread of its own for the connection, and one on the published package. */
const workers = [
  { name: "ours-1", sdk: "stepfast", app: fleetApp, isolateExecution: true },
  { name: "ours-2", sdk: "stepfast", app: fleetApp, isolateExecution: false },
  { name: "theirs", sdk: "inngest-official", app: guestApp, isolateExecution: false },
] as const;

/** Starts the workers; resolves when they are connected. */
export async function startFleet(
  common: Pick<WorkerOptions, "ledger" | "baseUrl" | "signingKey" | "eventKey">,
): Promise<ClusterWorker[]> {
  return await Promise.all(workers.map((worker) => ClusterWorker.start({ ...common, ...worker })));
}
