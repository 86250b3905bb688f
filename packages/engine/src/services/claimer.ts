import type { RunRow, Store } from "@stepfast/store";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { DeadlineTimer } from "./deadline-timer.ts";

export interface ClaimerOptions {
  store: Store;
  clock: Clock;
  log: Log;
  pollMs: number;
  owner: () => string;
  /** How many more runs this node can hold. */
  room: () => number;
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
      while (this.#running && this.#wanted && this.#options.room() > 0) {
        this.#wanted = false;
        if (this.#inDoubt) await this.#settleDoubt();
        if (await this.#claim()) this.#wanted = true;
      }
      await this.#scheduleNext();
    } catch (error) {
      this.#options.log.warn("due runs could not be claimed; trying again", { error: String(error) });
      this.wakeBy(this.#options.clock.now() + this.#options.pollMs);
    } finally {
      this.#busy = false;
    }
    if (this.#wanted && this.#options.room() > 0) this.claimSoon();
  }

  /** True if there may be more than was taken. */
  async #claim(): Promise<boolean> {
    const { store, clock, owner, room, take } = this.#options;
    const limit = room();
    this.#inDoubt = true;
    const runs = await store.claim({ owner: owner(), now: clock.now(), limit });
    this.#inDoubt = false;
    await Promise.all(runs.map(take));
    return runs.length >= limit;
  }

  async #settleDoubt(): Promise<void> {
    await this.#options.handBackStrays();
    this.#inDoubt = false;
  }

  async #scheduleNext(): Promise<void> {
    if (!this.#running) return;
    const next = await this.#options.store.nextWakeAt();
    const poll = this.#options.clock.now() + this.#options.pollMs;
    // Without room, a run that leaves makes the next look.
    if (this.#options.room() <= 0) this.#wanted = true;
    this.wakeBy(Math.min(this.#options.room() > 0 ? (next ?? poll) : poll, poll));
  }
}
