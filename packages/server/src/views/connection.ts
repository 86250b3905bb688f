import type { Store } from "@stepfast/store";
import { isSynced, type WorkerGroup } from "../connect/worker-group.ts";
import type { WorkerLink } from "../connect/worker-link.ts";
import { isoTime } from "./envelope.ts";

const statuses = { connected: "CONNECTED", ready: "READY", draining: "DRAINING" } as const;

/** A worker that is connected to this node (SERVER §4.3). */
export function connectionView(link: WorkerLink): object {
  const { facts, state, connectedAt, heardAt, requests, status } = link;
  return {
    id: facts.connectionId,
    instance_id: facts.instanceId,
    status: statuses[state],
    connected_at: isoTime(connectedAt),
    last_heartbeat_at: isoTime(heardAt),
    max_worker_concurrency: facts.capacity,
    running_requests: requests.size,
    last_status: status && {
      at: isoTime(status.at),
      in_flight_requests: status.inFlight,
      shutdown_requested: status.isShuttingDown,
    },
    sdk: facts.sdk,
    attributes: {
      cpu_cores: facts.system?.cpuCores ?? null,
      mem_bytes: facts.system?.memBytes ?? null,
      os: facts.system?.os ?? null,
    },
    all_worker_groups: Object.fromEntries([...facts.groups].map(([appId, { hash }]) => [appId, hash])),
    apps: [...facts.apps].map(([id, functions]) => ({ id, function_count: functions.size })),
  };
}

/** Workers of this node that bring the same version of an app; null: there is none (SERVER §4.3). */
export async function groupView(
  hash: string,
  links: Iterable<WorkerLink>,
  store: Store,
): Promise<object | null> {
  const members: WorkerLink[] = [];
  let group: WorkerGroup | undefined;
  for (const link of links) {
    const brought = [...link.facts.groups.values()].find((one) => one.hash === hash);
    if (!brought) continue;
    group = brought;
    members.push(link);
  }
  if (!group) return null;
  const { facts } = members[0] as WorkerLink;
  return {
    hash,
    app_id: group.appId,
    app_version: group.appVersion,
    sdk: facts.sdk,
    functions: [...(facts.apps.get(group.appId) ?? [])],
    connections: members.map((link) => ({ id: link.facts.connectionId, status: statuses[link.state] })),
    synced: await isSynced(group, store),
  };
}
