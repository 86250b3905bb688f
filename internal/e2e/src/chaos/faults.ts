import { setTimeout as pause } from "node:timers/promises";
import type { LostPart } from "./database-link.ts";
import { type Fault, GRACE_MS, measured, type Stage } from "./fault.ts";
import { killingWorkers, workerNap, zombieWorker } from "./worker-faults.ts";

const COMMIT_WITHIN_MS = 2_000;
const MAX_OUTAGE_MS = 1_500;

/** SIGKILL of some nodes, which then start anew. */
function killing(count: number): Fault {
  return async (stage) => {
    const { cluster, dice } = stage;
    const nodes = dice.sample(cluster.nodes, count);
    const blow = await measured(stage, nodes, async () => {
      await Promise.all(nodes.map((node) => node.kill()));
    });
    await Promise.all(nodes.map((node) => node.restart()));
    await cluster.untilReady();
    return blow;
  };
}

/** SIGSTOP until others have taken over and longer: then it goes on as if nothing had happened. */
const zombie: Fault = async (stage) => {
  const { cluster, dice } = stage;
  const [node] = dice.sample(cluster.nodes, 1);
  if (node === undefined) throw new Error("there is no node");
  const until = performance.now() + cluster.leaseMs + dice.between(200, GRACE_MS);
  try {
    return await measured(stage, [node], () => node.stop());
  } finally {
    await pause(Math.max(0, until - performance.now()));
    node.resume();
    await cluster.untilReady();
  }
};

/** SIGSTOP for less than the lease: nobody takes over. */
const nap: Fault = async ({ cluster, dice }) => {
  const node = dice.pick(cluster.nodes);
  node.stop();
  await pause(dice.between(100, Math.floor(cluster.leaseMs / 3)));
  node.resume();
  await cluster.untilReady();
  return { whom: node.name, held: 0, hasHit: true };
};

/** No way to the database for longer than the lease. `stall`: nothing comes through, and nobody is told. */
function isolating(how: "cut" | "stall"): Fault {
  return async (stage) => {
    const { cluster, dice } = stage;
    const node = dice.pick(cluster.nodes);
    try {
      return await measured(stage, [node], () =>
        how === "cut" ? node.link.cut({ stay: true }) : node.link.stall(),
      );
    } finally {
      node.link.heal({ isLost: dice.chance(0.5) });
      await cluster.untilReady();
    }
  };
}

/** All connections of a node are ended; it may make new ones at once. */
const blink: Fault = async ({ cluster, dice }) => {
  const node = dice.pick(cluster.nodes);
  node.link.cut({ stay: false });
  await cluster.untilReady();
  return { whom: node.name, held: 0, hasHit: true };
};

/** A message between a node and the database is lost. */
function losing(part: LostPart): Fault {
  return async ({ cluster, dice }) => {
    const node = dice.pick(cluster.nodes);
    const hasHit = await node.link.lose(part, COMMIT_WITHIN_MS);
    await cluster.untilReady();
    return { whom: node.name, held: 0, hasHit };
  };
}

/** PostgreSQL ends as by a crash and starts again. */
const crash: Fault = async (stage: Stage) => {
  const { cluster, dice } = stage;
  await cluster.postgres.stop("SIGQUIT");
  await pause(dice.between(0, MAX_OUTAGE_MS));
  await cluster.postgres.resume();
  const startedAt = performance.now();
  await cluster.untilReady();
  const recoveryMs = Math.round(performance.now() - startedAt);
  const isLate = recoveryMs > cluster.leaseMs + GRACE_MS;
  return { whom: "database", held: 0, hasHit: true, recoveryMs, isLate };
};

/** By the name in reports. */
export const faults: Record<string, Fault> = {
  kill: killing(1),
  "kill two": killing(2),
  zombie,
  nap,
  cut: isolating("cut"),
  stall: isolating("stall"),
  blink,
  "lost commit": losing("commit"),
  "lost acknowledgement": losing("acknowledgement"),
  "lost answer": losing("answer"),
  "database crash": crash,
  "worker kill": killingWorkers(1),
  "workers gone": killingWorkers(2),
  "worker zombie": zombieWorker,
  "worker nap": workerNap,
};
