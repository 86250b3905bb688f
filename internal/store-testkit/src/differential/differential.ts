import { isDeepStrictEqual } from "node:util";
import type { Store, WaitMatches } from "@stepfast/store";
import { pruneAll } from "../pruning.ts";
import { makeApp, makeFunction } from "../rows.ts";
import { snapshotOf } from "../snapshot.ts";
import { Dice } from "./dice.ts";
import { World, waitNames } from "./world.ts";

/** A store under comparison, and the last look at waits that it answered: versions are each store's own. */
interface Side {
  store: Store;
  look: WaitMatches & Partial<Place>;
}

/** What was looked for. */
interface Place {
  name: string;
  keys: string[];
}

/** Something to ask of both stores; what they answer must be the same. */
type Operation = (side: Side) => Promise<unknown>;

export interface DifferentialOptions {
  seed: number;
  model: Store;
  store: Store;
  /** How many groups of operations. */
  rounds: number;
  /** A version is used for what was looked for only: of anything else the store may say that it has changed. */
  isCautious?: boolean;
  /** Opens both again, as after the end of the process. */
  reopen: () => Promise<{ model: Store; store: Store }>;
}

/**
 * Asks two stores the same random questions, in groups that are in flight together, and compares every answer and what
 * can be read afterwards. Throws an error that names the seed.
 */
export async function differentialRun(options: DifferentialOptions): Promise<void> {
  const dice = new Dice(options.seed);
  const world = new World(dice);
  let sides = [options.model, options.store].map(begin);
  for (let round = 0; round < options.rounds; round++) {
    const where = `seed ${options.seed}, round ${round}`;
    world.now += 5 * dice.below(3);
    const group = Array.from({ length: 1 + dice.below(6) }, () => operation(dice, world, options));
    await compare(where, sides, (side) => Promise.all(group.map((ask) => settled(ask(side)))));
    await compare(where, sides, look(dice, world));
    await world.look(sides[0]?.store ?? options.model);
    const lookAtGates = world.gates.look(world.time());
    await compare(where, sides, ({ store }) => lookAtGates(store));
    if (dice.chance(0.1)) await compare(where, sides, prune(world));
    if (dice.chance(0.1)) await compare(where, sides, ({ store }) => snapshotOf(store, waitNames));
    if (dice.chance(0.03)) {
      const opened = await options.reopen();
      sides = [opened.model, opened.store].map(begin);
    }
  }
  await compare(`seed ${options.seed}, end`, sides, ({ store }) => snapshotOf(store, waitNames));
}

function begin(store: Store): Side {
  return { store, look: { waits: [], paths: 0, version: 0 } };
}

async function settled(answer: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await answer };
  } catch (error) {
    return { code: error instanceof Error && "code" in error ? error.code : String(error) };
  }
}

async function compare(where: string, sides: Side[], ask: Operation): Promise<void> {
  const [expected, actual] = await Promise.all(sides.map(ask));
  if (isDeepStrictEqual(expected, actual)) return;
  const show = (answer: unknown) => JSON.stringify(answer, null, 1);
  throw new Error(`The stores differ (${where}).\nmodel: ${show(expected)}\nstore: ${show(actual)}`);
}

/** Looks waits up; the version stays with its side for a later guard. */
function look(dice: Dice, world: World): Operation {
  const params = { name: dice.pick(waitNames), keys: world.waitKeys(), now: world.now };
  const isKept = dice.chance(0.5);
  return async (side) => {
    const found = await side.store.findWaits(params);
    if (isKept) side.look = { ...found, name: params.name, keys: params.keys };
    return { waits: found.waits, paths: found.paths };
  };
}

/** To its end, for portions are each store's own. */
function prune(world: World): Operation {
  const params = world.gates.pruning(world.now);
  return async ({ store }) => {
    const { runs, events } = await pruneAll(store, params);
    return { runs, events };
  };
}

function operation(dice: Dice, world: World, options: DifferentialOptions): Operation {
  const chance = dice.fraction();
  if (chance < 0.6) return commit(dice, world, options);
  if (chance < 0.8) return lease(dice, world);
  if (chance < 0.9) return session(dice, world);
  return registry(dice, world);
}

function commit(dice: Dice, world: World, { isCautious = false }: DifferentialOptions): Operation {
  const changes = world.changeSet();
  if (!dice.chance(0.2)) return ({ store }) => store.commit(changes);
  const drawn = { name: dice.pick(waitNames), keys: world.waitKeys() };
  return async ({ store, look: { paths, version, ...seen } }) => {
    const { name = drawn.name, keys = drawn.keys } = isCautious ? seen : drawn;
    const guard = { kind: "waits", name, keys, paths, version } as const;
    const result = await store.commit({ ...changes, guards: [...(changes.guards ?? []), guard] });
    if (result.ok || result.conflict.kind !== "guard" || result.conflict.guard.kind !== "waits")
      return result;
    return "waits";
  };
}

function lease(dice: Dice, world: World): Operation {
  const owner = world.owner();
  const now = world.time();
  const limit = dice.below(5);
  if (dice.chance(0.7)) return ({ store }) => store.claim({ owner, now, limit });
  const functionIds = world.someFunctionIds();
  const blocked = world.reason();
  return ({ store }) => store.unblock({ functionIds, blocked, now });
}

function session(dice: Dice, world: World): Operation {
  const owner = world.owner();
  const now = world.now;
  const until = now + 5 * dice.below(10);
  const kind = dice.below(5);
  if (kind === 0) return ({ store }) => store.reclaim({ now });
  if (kind === 1) return ({ store }) => store.endSession({ owner, now });
  return ({ store }) => store.heartbeat({ owner, now, until });
}

function registry(dice: Dice, world: World): Operation {
  const appId = dice.pick(["shop", "crm"]);
  const now = world.now;
  if (dice.chance(0.3)) {
    const paused = dice.chance(0.5) ? dice.pick([null, `{"at":${now}}`]) : undefined;
    const overrides = dice.chance(0.5) ? dice.pick([null, `{"limit":${dice.below(9)}}`]) : undefined;
    const overridesBefore = dice.chance(0.3) ? dice.pick([null, `{"limit":${dice.below(9)}}`]) : undefined;
    const id = `${appId}-${dice.pick(["a", "b", "c"])}`;
    return ({ store }) => store.setFunction({ id, paused, overrides, overridesBefore });
  }
  if (dice.chance(0.2)) return ({ store }) => store.deleteApp({ appId, now });
  const functions = ["a", "b", "c"]
    .filter(() => dice.chance(0.6))
    .map((id) =>
      makeFunction({ id: `${appId}-${id}`, appId, config: `{"retries":${dice.below(2)}}`, createdAt: now }),
    );
  const app = makeApp({ id: appId, checksum: `sum-${now}`, createdAt: now });
  return ({ store }) => store.putApp({ app, functions, now });
}
