import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { ledgerSize } from "../campaign/ledger.ts";
import type { LostConnection } from "../campaign/zombies.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterWorker } from "./cluster-worker.ts";
import { connectionName } from "./connection-name.ts";
import type { Fault } from "./fault.ts";

const MAX_ABSENCE_MS = 1_500;
/** A worker is given so long to be in the middle of something. */
const AIM_MS = 5_000;
const LOOK_AGAIN_MS = 50;
/** Far more than it takes. */
const GIVEN_UP_MS = 60_000;
const MAX_NAP_MS = 1_000;

/** SIGKILL of some workers of an app, in the middle of a step where one comes up; they start anew, at once or a moment later. */
export function killingWorkers(count: number): Fault {
  return async ({ cluster, dice }) => {
    const [first] = dice.sample(cluster.workers, 1);
    const workers = dice.sample(
      cluster.workers.filter(({ app }) => app === first?.app),
      count,
    );
    const hasHit = await untilInStep(cluster, workers);
    await Promise.all(workers.map((worker) => worker.kill()));
    await pause(dice.between(0, MAX_ABSENCE_MS));
    await Promise.all(workers.map((worker) => worker.restart()));
    return { whom: namesOf(workers), held: 0, hasHit };
  };
}

/** SIGSTOP until the nodes have given the worker up: then it goes on as if nothing had happened. */
export const zombieWorker: Fault = async ({ cluster, dice }) => {
  const worker = dice.pick(cluster.workers);
  const hasHit = await untilInStep(cluster, [worker]);
  worker.stop();
  try {
    const ledgerBytes = ledgerSize(cluster.ledger);
    const connections = await untilGivenUp(cluster, worker);
    const lost = connections.map((connection): LostConnection => ({ connection, ledgerBytes }));
    await pause(dice.between(0, MAX_ABSENCE_MS));
    return { whom: worker.name, held: 0, hasHit, lost };
  } finally {
    worker.resume();
  }
};

/** SIGSTOP for less than it takes to be given up. */
export const workerNap: Fault = async ({ cluster, dice }) => {
  const worker = dice.pick(cluster.workers);
  worker.stop();
  await pause(dice.between(100, MAX_NAP_MS));
  worker.resume();
  return { whom: worker.name, held: 0, hasHit: true };
};

function namesOf(workers: ClusterWorker[]): string {
  return workers.map(({ name }) => name).join("+");
}

/** Resolves with the connections it had. */
async function untilGivenUp(cluster: Cluster, worker: ClusterWorker): Promise<string[]> {
  const until = performance.now() + GIVEN_UP_MS;
  const seen = new Set([connectionName(worker.name, undefined)]);
  for (;;) {
    const connections = await cluster.connectionsOf(worker).catch(() => undefined);
    for (const connection of connections ?? []) seen.add(connectionName(worker.name, connection));
    if (connections?.length === 0) return [...seen];
    if (performance.now() > until) throw new Error(`the worker "${worker.name}" is not given up`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** Resolves as soon as one of these workers is in the middle of a step; with false if none is in time. */
async function untilInStep(cluster: Cluster, workers: ClusterWorker[]): Promise<boolean> {
  const until = performance.now() + AIM_MS;
  const from = ledgerSize(cluster.ledger);
  while (performance.now() < until) {
    if (isInStep(textFrom(cluster.ledger, from), workers)) return true;
    await pause(1);
  }
  return false;
}

function textFrom(path: string, from: number): string {
  const bytes = Buffer.alloc(Math.max(0, ledgerSize(path) - from));
  // Before the first line there is no file.
  if (bytes.length === 0) return "";
  const file = openSync(path, "r");
  try {
    return bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

/** Of lines like `begin run step attempt value generation worker/connection .` */
function isInStep(text: string, workers: ClusterWorker[]): boolean {
  const open = new Set<string>();
  for (const line of text.split("\n")) {
    const [mark, , , , value = "", , connection = ""] = line.split(" ");
    if (mark === "begin" && workers.some(({ name }) => connection.startsWith(`${name}/`))) open.add(value);
    else if (mark === "end") open.delete(value);
  }
  return open.size > 0;
}
