import { isShared, type RunRow, type Store } from "@stepfast/store";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { DeadlineTimer } from "./deadline-timer.ts";

const CLAIM = 100;

export interface ClaimerOptions {
  store: Store;
  clock: Clock;
  log: Log;
  pollMs: number;
  owner: () => string;
  /** How many more runs this node can hold. */
  room: () => number;
  /** Apps whose runs are for other nodes to claim. */
  exceptApps: () => string[];
  /** When the next run wants to be claimed, as far as is known; null: none does. */
  look: () => Promise<number | null>;
  /** Takes a claimed run; rejections are the taker's own to handle. */
  take: (run: RunRow) => Promise<void>;
  /** Gives back what this session owns without knowing it. */
  handBackStrays: () => Promise<void>;
}

/** Claims due runs: when news says so, when the next deadline comes, and in any case every so often. */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #timer: DeadlineTimer;
  #running = false;
  #busy = false;
  #wanted = false;
  /** A claim may have been carried out although its answer was lost. */
  #inDoubt = false;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#timer = new DeadlineTimer(options.clock, () => this.claimSoon());
  }

  start(): void {
    this.#running = true;
    this.claimSoon();
  }

  stop(): void {
    this.#running = false;
    this.#timer.stop();
  }

  /** Looks for due runs as soon as the look under way, if any, is over. */
  claimSoon(): void {
    if (!this.#running) return;
    this.#wanted = true;
    if (!this.#busy) void this.#work();
  }

  /** A run wants to be claimed at that time. */
  wakeBy(at: number): void {
    if (this.#running) this.#timer.wakeBy(at);
  }

  /** There is room again. */
  roomMade(): void {
    if (this.#wanted && !this.#busy) this.claimSoon();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      this.#schedule(await this.#claimAll());
    } catch (error) {
      this.#options.log.warn("due runs could not be claimed; trying again", { error: String(error) });
      this.wakeBy(this.#options.clock.now() + this.#options.pollMs);
    } finally {
      this.#busy = false;
    }
    if (this.#wanted && this.#options.room() > 0) this.claimSoon();
  }

  /** Claims until nothing is due or there is no room. Returns when to look again; null: nobody knows. */
  async #claimAll(): Promise<number | null> {
    for (;;) {
      this.#wanted = false;
      if (this.#inDoubt) await this.#settleDoubt();
      const next = await this.#options.look();
      if (!this.#running || next === null || next > this.#options.clock.now()) return next;
      // What is due and was not given is for others, or was just taken by them.
      if (this.#options.room() <= 0 || (await this.#claim()) === 0) return null;
    }
  }

  /** A few at a time: between them others get their turn, also those who only ask how things are. */
  async #claim(): Promise<number> {
    const { store, clock, owner, room, take, exceptApps } = this.#options;
    const limit = Math.min(room(), CLAIM);
    this.#inDoubt = true;
    const asked = { owner: owner(), now: clock.now(), limit };
    const runs = isShared(store)
      ? await store.claim({ ...asked, exceptApps: exceptApps() })
      : await store.claim(asked);
    this.#inDoubt = false;
    await Promise.all(runs.map(take));
    return runs.length;
  }

  async #settleDoubt(): Promise<void> {
    await this.#options.handBackStrays();
    this.#inDoubt = false;
  }

  #schedule(next: number | null): void {
    if (!this.#running) return;
    const poll = this.#options.clock.now() + this.#options.pollMs;
    // Without room, a run that leaves makes the next look.
    if (this.#options.room() <= 0) this.#wanted = true;
    this.wakeBy(Math.min(next ?? poll, poll));
  }
}
