import type { WorkerLink } from "../connect/worker-link.ts";
import { isoTime } from "./envelope.ts";

const statuses = { connected: "CONNECTED", ready: "READY", draining: "DRAINING" } as const;

/** A worker that is connected to this node (SERVER §4.3). */
export function connectionView({ facts, state, connectedAt, heardAt, requests }: WorkerLink): object {
  return {
    id: facts.connectionId,
    instance_id: facts.instanceId,
    status: statuses[state],
    connected_at: isoTime(connectedAt),
    last_heartbeat_at: isoTime(heardAt),
    max_worker_concurrency: facts.capacity,
    running_requests: requests.size,
    sdk: facts.sdk,
    attributes: {
      cpu_cores: facts.system?.cpuCores ?? null,
      mem_bytes: facts.system?.memBytes ?? null,
      os: facts.system?.os ?? null,
    },
    apps: [...facts.apps].map(([id, functions]) => ({ id, function_count: functions.size })),
  };
}
