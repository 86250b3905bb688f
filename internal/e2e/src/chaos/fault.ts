import type { Dice } from "../campaign/dice.ts";
import type { LostConnection } from "../campaign/zombies.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";

/** What happened to the cluster. */
export interface Blow {
  kind: string;
  /** Whom it hit: nodes' names, or the database. */
  whom: string;
  /** Runs that were held by those it hit. */
  held: number;
  /** From the blow until others had taken those runs over, or all was well again; undefined: not measured. */
  recoveryMs?: number;
  /** The longest time that one look at the database took meanwhile: how slow the machine was. */
  lagMs?: number;
  /** More than it may take. */
  isLate?: boolean;
  /** Nobody took over for as long as anybody waited. */
  isLost?: boolean;
  /** Connections of workers that were given up without their being told. */
  lost?: LostConnection[];
  /** Whether it hit what it was aimed at. */
  hasHit: boolean;
}

export interface Stage {
  cluster: Cluster;
  dice: Dice;
}

/** Does something bad, waits until others have taken over, and makes it good again. */
export type Fault = (stage: Stage) => Promise<Omit<Blow, "kind">>;

/** How much longer than its lease a node's death may keep its runs from others. */
export const GRACE_MS = 1_000;
/** A blow waits so long for its victims to hold runs: one at idle nodes shows nothing. */
const AIM_MS = 10_000;
/** After so much more time nobody waits any longer. */
const GIVE_UP_MS = 120_000;
/** What a machine with much else to do may add, in slowest looks: the take-over is a few of them. */
const LAGS = 3;

/** Loses the nodes by `lose` and measures until others hold what they held. */
export async function measured(
  { cluster }: Stage,
  nodes: ClusterNode[],
  lose: () => Promise<void> | void,
): Promise<Omit<Blow, "kind">> {
  const { watch, leaseMs } = cluster;
  const owners = await Promise.all(nodes.map(({ url }) => watch.ownerAt(url, GIVE_UP_MS)));
  await watch.untilHolding(owners, AIM_MS);
  const lostAt = performance.now();
  await lose();
  const held = new Map(
    (await Promise.all(owners.map((owner) => watch.holdingsOf(owner)))).flatMap((each) => [...each]),
  );
  const limitMs = leaseMs + GRACE_MS;
  const { isOver, lagMs } = await watch.untilTakenOver(held, limitMs + GIVE_UP_MS);
  const recoveryMs = Math.round(performance.now() - lostAt);
  const whom = nodes.map(({ name }) => name).join("+");
  if (held.size === 0) return { whom, held: 0, hasHit: false };
  const isLate = recoveryMs > limitMs + LAGS * lagMs;
  const hit = { whom, held: held.size, hasHit: true, recoveryMs, lagMs: Math.round(lagMs) };
  return { ...hit, isLate, isLost: !isOver };
}
