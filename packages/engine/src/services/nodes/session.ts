import { isShared, type NodeFacts, type Store } from "@stepfast/store";
import { CLOCK_SKEW_MS } from "../../domain/clock-skew.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

export interface SessionOptions {
  store: Store;
  clock: Clock;
  log: Log;
  leaseMs: number;
  newOwner: () => string;
  /** What the other nodes of a shared store are told of this one. */
  facts: () => NodeFacts;
  /** The session was given up for dead: nothing it holds in memory is its own any more. */
  onLost: () => void;
  /** The machine's clock was put back. */
  onPutBack: () => void;
  /** Runs of dead sessions became claimable. */
  onReclaimed: () => void;
}

/** After a heartbeat that could not be written. */
const RETRY_MS = 1_000;

/** Keeps this node's claim on its runs alive, and takes over from nodes that died. */
export class Session {
  readonly #options: SessionOptions;
  #owner: string;
  #stopTimer: (() => void) | null = null;
  #closed = false;
  #isBeating = false;
  #isDoubted = false;
  /** The latest time that was seen. */
  #seenUntil = Number.NEGATIVE_INFINITY;
  #aliveUntil = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#owner = options.newOwner();
  }

  get owner(): string {
    return this.#owner;
  }

  /** Whether the session lives, as far as can be known here: others give it up no sooner. */
  get isAlive(): boolean {
    return !this.#closed && this.#options.clock.now() < this.#aliveUntil;
  }

  async open(): Promise<void> {
    await this.#beat();
    this.#schedule(this.#options.leaseMs / 3);
  }

  /** A write in the session's name was refused: it may have been given up. The store is asked at once. */
  doubt(): void {
    this.#isDoubted = true;
    if (this.#closed || this.#isBeating || !this.#stopTimer) return;
    this.#stopTimer();
    void this.#renew();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer?.();
    await this.#options.store.endSession({ owner: this.#owner, now: this.#options.clock.now() });
  }

  /** Stops without a word to the store, as a crash does. */
  drop(): void {
    this.#closed = true;
    this.#stopTimer?.();
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    this.#stopTimer = this.#options.clock.after(delayMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { leaseMs, clock, log } = this.#options;
    const begunAt = clock.now();
    let delayMs = leaseMs / 3;
    this.#isBeating = true;
    this.#isDoubted = false;
    try {
      await this.#beat();
      // A store that is slow does not make the beats rarer, and neither does a clock that was put back.
      delayMs = Math.min(delayMs, Math.max(0, delayMs - (clock.now() - begunAt)));
    } catch (error) {
      log.error("the heartbeat could not be written", { error: String(error) });
      delayMs = Math.min(delayMs, RETRY_MS);
    }
    this.#isBeating = false;
    this.#watchClock();
    this.#schedule(this.#isDoubted ? 0 : delayMs);
  }

  #watchClock(): void {
    const now = this.#options.clock.now();
    const isPutBack = now < this.#seenUntil - CLOCK_SKEW_MS;
    this.#seenUntil = isPutBack ? now : Math.max(now, this.#seenUntil);
    if (isPutBack && !this.#closed) this.#options.onPutBack();
  }

  /** Tells the other nodes at once what has changed here. */
  async announce(): Promise<void> {
    if (this.#stopTimer && !this.#closed && isShared(this.#options.store)) await this.#tell();
  }

  /**
   * Takes over from nodes that have been silent for too long. After a sleep this one may be among them, and would give itself up: first
   * it says that it lives.
   */
  async reclaim(): Promise<void> {
    if (this.#closed) return;
    if (!this.isAlive) return this.#beat();
    await this.#takeOver();
  }

  async #takeOver(): Promise<void> {
    const { store, clock, onReclaimed } = this.#options;
    if ((await store.reclaim({ now: clock.now() })) > 0) onReclaimed();
  }

  async #beat(): Promise<void> {
    const alive = await this.#tell();
    if (this.#closed) return;
    if (!alive) {
      this.#owner = this.#options.newOwner();
      this.#options.onLost();
      await this.#tell();
    }
    await this.#takeOver();
  }

  async #tell(): Promise<boolean> {
    const { store, clock, leaseMs, facts } = this.#options;
    const now = clock.now();
    const beat = { owner: this.#owner, now, until: now + leaseMs };
    const isAlive = await (isShared(store)
      ? store.heartbeat({ ...beat, node: facts() })
      : store.heartbeat(beat));
    this.#aliveUntil = isAlive ? beat.until : Number.NEGATIVE_INFINITY;
    return isAlive;
  }
}
