import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Inngest } from "stepfast";
import { Api } from "../campaign/api.ts";
import { calledApp } from "../campaign/app-under-test.ts";
import { Courier } from "../campaign/courier.ts";
import { Dice } from "../campaign/dice.ts";
import { collectEvidence } from "../campaign/evidence.ts";
import { Ledger, ledgerSize } from "../campaign/ledger.ts";
import type { Scenario } from "../campaign/scenario.ts";
import { allScenarios } from "../campaign/scenarios/index.ts";
import { settle } from "../campaign/settling.ts";
import { workshop } from "../campaign/workshop.ts";
import type { Kill } from "./kill.ts";
import type { CrashEvidence } from "./report.ts";
import { type Life, type StoreKind, Victim, type VictimFiles } from "./victim.ts";

export interface CampaignOptions {
  kills: number;
  seed: number;
  /** A folder for the database and the ledger; emptied first. */
  folder: string;
  /** Kinds of store the lives have, at random. Default: most sound, some faulty. */
  stores?: StoreKind[];
  /** How long the runs have to end once the killing is over. Default: 2 minutes. */
  settleMs?: number;
  /** Told of every kill. */
  onKill?: (kills: number) => void;
}

const lastLife: Life = { maxHotRuns: 1_000, store: "sound" };
const DEFAULT_STORES: StoreKind[] = ["sound", "sound", "faulty"];
/** How much a life may write to the ledger, at most: two lines an execution. */
const LIFE_LINES = [0, 8, 40, 120, 240];
const LINE_BYTES = 95;
/** For lives that find nothing to do. */
const MAX_LIFE_MS = 400;
const MAX_LAST_MOMENT_MS = 6;
const ACTIONS_PER_LIFE = 12;
/** With so many live runs nothing new is started: what nobody gets round to shows nothing. */
const MANY_RUNS = 80;
const DEFAULT_SETTLE_MS = 120_000;

/** Kills a process over and over while it works, lets it finish, and collects what can be seen from outside. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #dice: Dice;
  readonly #files: VictimFiles;
  readonly #scenarios: Scenario[];
  readonly #courier: Courier;
  readonly #kills: Kill[] = [];
  /** Loads its code while the one before it lives. */
  #next: Victim;
  #startMs = 100;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#dice = new Dice(options.seed);
    rmSync(options.folder, { recursive: true, force: true });
    mkdirSync(options.folder, { recursive: true });
    this.#files = { db: join(options.folder, "crash.db"), ledger: join(options.folder, "ledger.txt") };
    this.#scenarios = allScenarios(
      workshop(new Inngest({ id: calledApp.id }), new Ledger(this.#files.ledger)),
    );
    this.#courier = new Courier(this.#dice, this.#scenarios, this.#files.ledger);
    this.#next = new Victim(this.#files, options.kills === 0 ? lastLife : this.#life());
  }

  async run(): Promise<CrashEvidence> {
    while (this.#kills.length < this.#options.kills) {
      await this.#liveAndDie();
      this.#options.onKill?.(this.#kills.length);
    }
    const victim = this.#next;
    const api = await openApi(victim.open());
    try {
      await this.#courier.finish(api);
      await settle(api, this.#courier, this.#options.settleMs ?? DEFAULT_SETTLE_MS);
      const known = { scenarios: this.#scenarios, courier: this.#courier, kills: this.#kills };
      return await collectEvidence(api, known, this.#files.ledger);
    } finally {
      await victim.close();
    }
  }

  async #liveAndDie(): Promise<void> {
    const begunAt = performance.now();
    const fromByte = ledgerSize(this.#files.ledger);
    const victim = this.#next;
    const ready = victim.open();
    const isLast = this.#kills.length + 1 === this.#options.kills;
    this.#next = new Victim(this.#files, isLast ? lastLife : this.#life());
    const isEarly = this.#dice.chance(0.1);
    if (isEarly) {
      await pause(this.#dice.fraction() * this.#startMs);
      await victim.kill();
    } else {
      const api = await openApi(ready);
      this.#startMs = performance.now() - begunAt;
      const work = this.#work(api, victim);
      await this.#untilLedgerHas(fromByte + this.#lifeBytes());
      await pause(this.#dice.fraction() * MAX_LAST_MOMENT_MS);
      await victim.kill();
      await work;
    }
    this.#kills.push({ fromByte, toByte: ledgerSize(this.#files.ledger), isEarly });
  }

  #lifeBytes(): number {
    return Math.floor(this.#dice.pick(LIFE_LINES) * this.#dice.fraction()) * LINE_BYTES;
  }

  /** A life is as long as its work, not its time: on a slow machine too the kill comes in the middle of something. */
  async #untilLedgerHas(bytes: number): Promise<void> {
    const until = performance.now() + MAX_LIFE_MS;
    while (ledgerSize(this.#files.ledger) < bytes && performance.now() < until) await pause(1);
  }

  #life(): Life {
    const store = this.#dice.pick<StoreKind>(this.#options.stores ?? DEFAULT_STORES);
    return { maxHotRuns: this.#dice.pick([1_000, 8]), store };
  }

  async #work(api: Api, victim: Victim): Promise<void> {
    let mayStart = true;
    const count = async () => {
      mayStart = (await api.runs("status=queued,running")).length < MANY_RUNS;
    };
    const actions = Array.from({ length: ACTIONS_PER_LIFE }, () => this.#dice.between(0, 12));
    const act = async () => {
      for (let wait = actions.shift(); wait !== undefined && !victim.hasEnded; wait = actions.shift()) {
        // What the victim did not live to answer is in doubt; the courier remembers.
        await this.#courier.act(api, mayStart).catch(() => {});
        await pause(wait);
      }
    };
    await Promise.all([count().catch(() => {}), act(), act()]);
  }
}

async function openApi(url: Promise<string | undefined>): Promise<Api> {
  const known = await url;
  if (known === undefined) throw new Error("the child did not start");
  return new Api(known);
}
