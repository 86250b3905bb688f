import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Inngest } from "stepfast";
import { type AppUnderTest, calledApp, fleetApp, guestApp } from "../campaign/app-under-test.ts";
import { Courier } from "../campaign/courier.ts";
import { Dice } from "../campaign/dice.ts";
import { collectEvidence } from "../campaign/evidence.ts";
import { Ledger } from "../campaign/ledger.ts";
import type { Scenario } from "../campaign/scenario.ts";
import { allScenarios, portableScenarios } from "../campaign/scenarios/index.ts";
import { persist, settle } from "../campaign/settling.ts";
import { workshop } from "../campaign/workshop.ts";
import { Cluster } from "./cluster.ts";
import type { Blow } from "./fault.ts";
import type { ChaosEvidence } from "./report.ts";
import { Storm } from "./storm.ts";

export interface ChaosOptions {
  seed: number;
  /** How long faults are made. */
  stormMs: number;
  /** A folder for the ledger; emptied first. */
  folder: string;
  /** How long a node may be silent before others take over. Default 3,000. */
  leaseMs?: number;
  /** Kinds of faults. Default: all. */
  kinds?: string[];
  /** Nodes acknowledge results of steps that they do not keep, now and then: to show that it is noticed. */
  isForgetful?: boolean;
  /** The nodes reach PostgreSQL through a PgBouncer in transaction mode, which has to be installed. */
  isPooled?: boolean;
  /** How long the runs have to end once the storm is over. Default: four minutes. */
  settleMs?: number;
  onBlow?: (blow: Blow) => void;
}

const DEFAULT_LEASE_MS = 3_000;
/** Of who asks when all is over. */
const END_PATIENCE_MS = 60_000;
const DEFAULT_SETTLE_MS = 240_000;
/** Between two things that one courier does. */
const PAUSE_MS = [20, 250] as const;
const COURIERS = 2;
const ABANDON_MS = 30_000;
/** With so many live runs nothing new is started: what nobody gets round to shows nothing. */
const MANY_RUNS = 120;
const COUNT_INTERVAL_MS = 500;
/** A node that works hears of a cancellation that was stored by another one within this time. */
const HEARD_MS = 3_000;

/** Makes a cluster work while it is struck again and again, lets it finish, and collects what can be seen from outside. */
export class ChaosCampaign {
  readonly #options: ChaosOptions;
  readonly #ledger: string;

  constructor(options: ChaosOptions) {
    this.#options = options;
    rmSync(options.folder, { recursive: true, force: true });
    mkdirSync(options.folder, { recursive: true });
    this.#ledger = join(options.folder, "ledger.txt");
  }

  async run(): Promise<ChaosEvidence> {
    const { leaseMs = DEFAULT_LEASE_MS, isForgetful = false, isPooled = false } = this.#options;
    const cluster = await Cluster.start({ ledger: this.#ledger, leaseMs, isForgetful, isPooled });
    try {
      const evidence = await this.#weather(cluster);
      await cluster.close();
      return evidence;
    } catch (error) {
      // What went wrong is to be told even if something does not end.
      await Promise.race([cluster.abandon(), pause(ABANDON_MS)]);
      throw error;
    }
  }

  async #weather(cluster: Cluster): Promise<ChaosEvidence> {
    const { seed, stormMs, kinds, settleMs = DEFAULT_SETTLE_MS, onBlow = () => {} } = this.#options;
    const scenarios = scenariosOn(this.#ledger);
    const storm = new Storm(cluster, new Dice(seed), kinds);
    const dice = new Dice(seed + 1);
    const courier = new Courier(dice, scenarios, this.#ledger, async () => {
      await pause(HEARD_MS);
      await storm.calm();
      await pause(HEARD_MS);
    });
    const work = new Work(cluster, courier, dice);
    try {
      await storm.rage(stormMs, onBlow);
    } finally {
      await work.end();
    }
    const api = cluster.api(dice.pick(cluster.nodes), { patienceMs: END_PATIENCE_MS });
    await persist(() => courier.finish(api), settleMs);
    await persist(() => settle(api, courier, settleMs), settleMs);
    const { blows } = storm;
    const lost = blows.flatMap((blow) => blow.lost ?? []);
    const known = { scenarios, courier, blows, lost };
    return await persist(() => collectEvidence(api, known, this.#ledger), settleMs);
  }
}

/** Those of the app that is called, and of those that connect. */
function scenariosOn(ledger: string): Scenario[] {
  const shop = (app: AppUnderTest) => workshop(new Inngest({ id: app.id }), new Ledger(ledger), app);
  return [
    ...allScenarios(shop(calledApp)),
    ...allScenarios(shop(fleetApp)),
    ...portableScenarios(shop(guestApp)),
  ];
}

/** Couriers that go to any node, whether it lives or not. */
class Work {
  readonly #cluster: Cluster;
  readonly #courier: Courier;
  readonly #dice: Dice;
  readonly #all: Promise<unknown>;
  #isOver = false;
  #mayStart = true;

  constructor(cluster: Cluster, courier: Courier, dice: Dice) {
    this.#cluster = cluster;
    this.#courier = courier;
    this.#dice = dice;
    this.#all = Promise.all([this.#count(), ...Array.from({ length: COURIERS }, () => this.#carry())]);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#all;
  }

  async #carry(): Promise<void> {
    while (!this.#isOver) {
      // What nobody lived to answer is in doubt; the courier remembers.
      await this.#courier.act(this.#anyApi(), this.#mayStart).catch(() => {});
      await pause(this.#dice.between(...PAUSE_MS));
    }
  }

  async #count(): Promise<void> {
    while (!this.#isOver) {
      const live = await this.#anyApi()
        .runs("status=queued,running")
        .catch(() => []);
      this.#mayStart = live.length < MANY_RUNS;
      await pause(COUNT_INTERVAL_MS);
    }
  }

  #anyApi() {
    return this.#cluster.api(this.#dice.pick(this.#cluster.nodes));
  }
}
