import type { RunRow, Store } from "@stepfast/store";
import { type Dice, dice } from "../../expression-dice.ts";
import { randomEvent, randomLimits } from "./random-limits.ts";
import type { ThrottleRule } from "./throttle-watch.ts";
import { type Limits, World } from "./world.ts";

export interface TrialOptions {
  store?: Store;
  /** Each node has a way of its own to the store. */
  openStore?: () => Promise<Store>;
  nodes?: number;
  events?: number;
  /** How long it goes on after the last event, and three minutes. */
  tailMs?: number;
  /** How many commits fail, or take their node with them. */
  faults?: number;
}

interface Sent {
  id: string | null;
  name: string;
  user: string;
  model: string;
  at: number;
}

/** A world of this seed, run to its end. Returns what was wrong. */
export async function trial(seed: number, options: TrialOptions = {}): Promise<string[]> {
  const rolls = dice(seed);
  const ids = ["app-a", "app-b", "app-c"].slice(0, 1 + rolls.below(3));
  const configs = ids.map((id) => randomLimits(rolls, id));
  const world = new World(configs, options.store, options.openStore);
  world.ackTurns = rolls.below(3);
  try {
    for (let no = 0; no < (options.nodes ?? 1); no++) await world.startNode();
    for (let no = 0; no < (options.faults ?? 0); no++) planFault(world, rolls);
    const sent = await drive(world, rolls, ids, options.events ?? 25);
    await world.run(world.clock.now() + (options.tailMs ?? 20 * 60_000));
    await world.look();
    if (world.problems.length === 0) world.problems.push(...(await atTheEnd(world, configs, sent)));
    return world.problems.slice(0, 3).map((problem) => `${problem}\n  limits: ${JSON.stringify(configs)}`);
  } finally {
    await world.close();
  }
}

function planFault(world: World, rolls: Dice): void {
  const kind = rolls.pick(["die", "fail"] as const);
  world.faults.set(5 + rolls.below(150), { kind, when: rolls.pick(["before", "after"] as const) });
}

async function drive(world: World, rolls: Dice, ids: string[], events: number): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let no = 0; no < events && world.problems.length === 0; no++) {
    const event = randomEvent(rolls, ids, world.clock.now());
    const { user, model } = event.data as { user: string; model: string };
    sent.push({ id: await world.send(event), name: event.name, user, model, at: world.clock.now() });
    await world.look();
    if (rolls.chance(0.15)) await cancelOne(world, rolls);
    if (rolls.chance(0.6)) await world.run(world.clock.now() + rolls.pick([0, 50, 400, 1_500, 4_000]));
  }
  for (let minute = 0; minute < 3; minute++) {
    await world.someNode();
    await world.run(world.clock.now() + 60_000, () => world.isDead);
  }
  await world.someNode();
  return sent;
}

async function cancelOne(world: World, rolls: Dice): Promise<void> {
  const live = (await world.allRuns()).filter((run) => run.endedAt === null);
  if (live.length === 0) return;
  const node = await world.someNode();
  node.cancelRun({ runId: rolls.pick(live).id }).catch(() => {});
  await world.rest();
}

async function atTheEnd(world: World, configs: Limits[], sent: Sent[]): Promise<string[]> {
  const problems = await eventEnds(world, configs, sent);
  const records = recordsOf(await world.allRuns());
  for (const { id } of configs) problems.push(...rateExcesses(configs, id, sent, records));
  problems.push(...world.watch.excesses((gate) => throttleOf(configs, gate)));
  return problems;
}

/** All runs have ended, no gate is left, and each event came to one run, batch or recorded skip of each function. */
export async function eventEnds(
  world: World,
  configs: Limits[],
  sent: { id: string | null; name: string }[],
): Promise<string[]> {
  const problems: string[] = [];
  const runs = await world.allRuns();
  for (const run of runs) if (run.endedAt === null) problems.push(`it never ends: ${JSON.stringify(run)}`);
  for (const gate of await world.store.listGates({ limit: 400 }))
    problems.push(`a gate is left: ${JSON.stringify(gate)}`);
  const records = recordsOf(runs);
  for (const { id, triggers } of configs) {
    const name = triggers?.[0]?.event ?? "go";
    for (const event of sent) {
      if (event.id === null || event.name !== name) continue;
      const found = records.get(`${id} ${event.id}`) ?? [];
      if (found.length !== 1) problems.push(`event ${event.id} came to ${JSON.stringify(found)} of ${id}`);
    }
  }
  return problems;
}

/** What events came to, by function and event: `run`, or why they were skipped. */
function recordsOf(runs: RunRow[]): Map<string, string[]> {
  const records = new Map<string, string[]>();
  for (const { functionId, eventId, eventIds, output, status } of runs) {
    const what = status === "skipped" ? (JSON.parse(output ?? "{}") as { reason: string }).reason : "run";
    for (const id of eventIds === null ? [eventId] : (JSON.parse(eventIds) as string[])) {
      const name = `${functionId} ${id}`;
      records.set(name, [...(records.get(name) ?? []), what]);
    }
  }
  return records;
}

/** No window of `period` lets more than `limit` pass. Invoked runs count as well, but are not looked at here. */
function* rateExcesses(
  configs: Limits[],
  id: string,
  sent: Sent[],
  records: Map<string, string[]>,
): Generator<string> {
  const rate = configs.find((config) => config.id === id)?.rateLimit;
  if (!rate) return;
  const passes = new Map<string, number[]>();
  for (const event of sent) {
    const found = event.id === null ? [] : (records.get(`${id} ${event.id}`) ?? []);
    if (found.length === 0 || found.includes("rate_limit")) continue;
    const key = keyOf(rate.key, event);
    passes.set(key, [...(passes.get(key) ?? []), event.at]);
  }
  const periodMs = Number.parseInt(rate.period, 10) * 1_000;
  for (const [key, times] of passes) {
    for (const [no, at] of times.entries()) {
      const later = times[no + rate.limit];
      if (later !== undefined && later - at < periodMs)
        yield `${id} let ${rate.limit + 1} of ${key} pass within ${later - at} ms`;
    }
  }
}

function keyOf(key: string | undefined, { user, model }: Sent): string {
  if (!key) return "";
  return `${key.includes("user") ? user : ""} ${key.includes("model") ? model : ""}`;
}

export function throttleOf(configs: Limits[], gate: string): ThrottleRule | undefined {
  const throttle = configs.find(({ id }) => gate.startsWith(`throttle:${id}:`))?.throttle;
  if (!throttle) return undefined;
  return {
    limit: throttle.limit,
    burst: throttle.burst ?? 0,
    periodMs: Number.parseInt(throttle.period, 10) * 1_000,
  };
}
