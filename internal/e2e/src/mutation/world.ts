import { Engine, type Gateway, type Log } from "@stepfast/engine";
import { createServer, type Exchange, httpRemote, type Reply } from "@stepfast/server";
import type { RunRow } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import type { Dice } from "../campaign/dice.ts";
import { ManualClock } from "./manual-clock.ts";

const DAY_MS = 86_400_000;
const LEASE_MS = 10_000 * DAY_MS;
const POLL_MS = 100 * DAY_MS;
const SETTLED_TURNS = 6;
const MOST_TURNS = 200_000;
const MOST_JUMPS = 20_000;
const PAGE = 400;

const gateway: Gateway = {
  perform: async () => ({ kind: "complete", output: { status_code: 200, headers: {} } }),
};

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A server without a network: requests go straight to its `fetch`, calls of apps to whoever stands in for them. */
export class World {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  /** Errors the server logged: none is ever right. */
  readonly errors: string[] = [];
  readonly #engine: Engine;
  readonly #server: { fetch(request: Request): Promise<Response> };
  #busy = 0;

  constructor(dice: Dice, exchange: (exchange: Exchange, world: World) => Promise<Reply>) {
    const remote = httpRemote({ exchange: (asked) => this.whileBusy(exchange(asked, this)) });
    const random = {
      bytes: (length: number) => Uint8Array.from({ length }, () => dice.between(0, 255)),
      fraction: () => dice.fraction(),
    };
    const { store, clock } = this;
    const log = this.#log();
    this.#engine = new Engine({
      store,
      clock,
      random,
      remote,
      gateway,
      log,
      leaseMs: LEASE_MS,
      pollMs: POLL_MS,
    });
    this.#server = createServer({ mode: "dev", engine: this.#engine, store, clock, log });
  }

  #log(): Log {
    const nothing = () => {};
    const error = (message: string, facts?: object) => {
      this.errors.push(`${message} ${JSON.stringify(facts)}`);
    };
    return { debug: nothing, info: nothing, warn: nothing, error };
  }

  async start(): Promise<void> {
    await this.#engine.start();
  }

  /** Stops as a crash does: nothing of it is used again. */
  stop(): void {
    this.#engine.crash();
  }

  /** The world is not settled before this is. */
  async whileBusy<T>(work: Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work;
    } finally {
      this.#busy--;
    }
  }

  /** Asks the server. Not counted as work under way: whoever asks waits for the answer. */
  fetch(request: Request): Promise<Response> {
    return this.#server.fetch(request);
  }

  /** Lets everything happen that needs no time. Throws where that has no end. */
  async settle(): Promise<void> {
    let calm = 0;
    for (let turns = 0; calm < SETTLED_TURNS; turns++) {
      if (turns > MOST_TURNS) throw new Error(`${this.#busy} exchanges never end`);
      await turn();
      calm = this.#busy === 0 ? calm + 1 : 0;
    }
  }

  /** Lets time pass until no run is live and `isDone` agrees. Throws where that never comes. */
  async rest(isDone: () => boolean): Promise<void> {
    for (let jumps = 0; ; jumps++) {
      await this.settle();
      const live = await this.liveRuns();
      if (live.length === 0 && isDone()) return;
      if (jumps > MOST_JUMPS || !this.clock.jump()) {
        throw new Error(`after ${jumps} jumps in time ${live.length} runs live: ${JSON.stringify(live[0])}`);
      }
    }
  }

  /** Runs that have not ended, but for those whose function is gone. */
  async liveRuns(): Promise<RunRow[]> {
    const live = await this.store.listRuns({ status: ["queued", "running"], limit: PAGE });
    return live.filter((run) => run.blocked !== "function_missing");
  }
}
