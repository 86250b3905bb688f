import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Inngest } from "stepfast";
import { Api } from "./api.ts";
import { checkArrivals } from "./checks/arrivals.ts";
import { checkEnds } from "./checks/ends.ts";
import { checkStarts } from "./checks/starts.ts";
import { checkSteps } from "./checks/steps.ts";
import { Courier } from "./courier.ts";
import { Dice } from "./dice.ts";
import { collectEvidence, type Evidence } from "./evidence.ts";
import { Ledger } from "./ledger.ts";
import { APP, type Scenario } from "./scenario.ts";
import { allScenarios } from "./scenarios/index.ts";
import { type Life, Victim, type VictimFiles } from "./victim.ts";
import { workshop } from "./workshop.ts";

export interface CampaignOptions {
  kills: number;
  seed: number;
  /** A folder for the database and the ledger; emptied first. */
  folder: string;
  /** Told of every hundredth kill. */
  onProgress?: (kills: number) => void;
}

export interface Report {
  kills: number;
  /** Of them, before the process was ready. */
  duringStart: number;
  acknowledged: number;
  cancelled: number;
  events: number;
  runs: number;
  executions: number;
  /** Executions beyond the first of an attempt: they were not recorded before a kill. */
  repeated: number;
  problems: string[];
}

const plainLife: Life = { maxHotRuns: 1_000, isFaulty: false };
const ACTIONS_PER_LIFE = 12;
const SETTLE_MS = 120_000;

/** Kills a process over and over while it works, lets it finish, and checks what can be seen from outside. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #dice: Dice;
  readonly #files: VictimFiles;
  readonly #scenarios: Scenario[];
  readonly #courier: Courier;
  /** Loads its code while the one before it lives. */
  #next: Victim;
  #startMs = 100;
  #duringStart = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#dice = new Dice(options.seed);
    rmSync(options.folder, { recursive: true, force: true });
    mkdirSync(options.folder, { recursive: true });
    this.#files = { db: join(options.folder, "crash.db"), ledger: join(options.folder, "ledger.txt") };
    this.#scenarios = allScenarios(workshop(new Inngest({ id: APP }), new Ledger(this.#files.ledger)));
    this.#courier = new Courier(this.#dice, this.#scenarios, this.#files.ledger);
    this.#next = new Victim(this.#files, plainLife);
  }

  async run(): Promise<Report> {
    for (let kills = 1; kills <= this.#options.kills; kills++) {
      await this.#liveAndDie(kills);
      if (kills % 100 === 0) this.#options.onProgress?.(kills);
    }
    const victim = this.#next;
    const url = await victim.open();
    if (url === undefined) throw new Error("the child did not start");
    const api = new Api(url);
    try {
      await this.#courier.sendRest(api);
      await this.#settle(api);
      const about = { scenarios: this.#scenarios, courier: this.#courier, ledger: this.#files.ledger };
      return this.#report(await collectEvidence(api, about));
    } finally {
      await victim.close();
    }
  }

  async #liveAndDie(kills: number): Promise<void> {
    const begunAt = performance.now();
    const victim = this.#next;
    const ready = victim.open();
    const lifeMs = this.#dice.pick([1, 8, 40, 150, 300]) * this.#dice.fraction();
    const isLast = kills === this.#options.kills;
    this.#next = new Victim(this.#files, isLast ? plainLife : this.#life());
    if (this.#dice.chance(0.1)) {
      this.#duringStart++;
      await pause(this.#dice.fraction() * this.#startMs);
      return victim.kill();
    }
    const url = await ready;
    if (url === undefined) throw new Error("the child did not start");
    this.#startMs = performance.now() - begunAt;
    const work = this.#work(new Api(url), victim);
    await pause(lifeMs);
    await victim.kill();
    await work;
  }

  #life(): Life {
    return { maxHotRuns: this.#dice.pick([1_000, 8]), isFaulty: this.#dice.chance(0.3) };
  }

  async #work(api: Api, victim: Victim): Promise<void> {
    const actions = Array.from({ length: ACTIONS_PER_LIFE }, () => this.#dice.between(0, 12));
    const act = async () => {
      for (let wait = actions.shift(); wait !== undefined && !victim.hasEnded; wait = actions.shift()) {
        // What the victim did not live to answer is in doubt; the courier remembers.
        await this.#courier.act(api).catch(() => {});
        await pause(wait);
      }
    };
    await Promise.all([act(), act()]);
  }

  /** Opens the gates that are still shut and waits until no run is live. */
  async #settle(api: Api): Promise<void> {
    const until = performance.now() + SETTLE_MS;
    for (;;) {
      const live = await api.runs("status=queued,running");
      if (live.length === 0) return;
      if (performance.now() > until) return;
      for (const run of live) {
        if (run.trigger.eventName !== "work/gate") continue;
        const { data } = await api.event(run.trigger.eventIds[0] ?? "");
        await this.#courier.open(api, String(data.key));
      }
      await pause(50);
    }
  }

  #report(evidence: Evidence): Report {
    const checks = [checkArrivals, checkStarts, checkEnds, checkSteps];
    const { receipts, cancellations } = this.#courier;
    const attempts = new Set(
      evidence.ledger.map(({ runId, step, attempt }) => `${runId} ${step} ${attempt}`),
    );
    return {
      kills: this.#options.kills,
      duringStart: this.#duringStart,
      acknowledged: receipts.length,
      cancelled: cancellations.length,
      events: evidence.events.length,
      runs: evidence.runs.length,
      executions: evidence.ledger.length,
      repeated: evidence.ledger.length - attempts.size,
      problems: checks.flatMap((check) => [...check(evidence)]),
    };
  }
}
