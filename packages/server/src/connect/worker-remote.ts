import type { Remote } from "@stepfast/engine";
import { isWorkerUrl } from "./worker-facts.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Calls functions over workers' connections, and those that are served over HTTP as before. */
export function workerRemote(pool: WorkerPool, http: Remote): Remote {
  return { call: (call) => (isWorkerUrl(call.url) ? pool.call(call) : http.call(call)) };
}
