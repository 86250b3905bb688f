import { isShared, type NodeFacts, type Store } from "@stepfast/store";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

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
  /** Runs of dead sessions became claimable. */
  onReclaimed: () => void;
}

/** Keeps this node's claim on its runs alive, and takes over from nodes that died. */
export class Session {
  readonly #options: SessionOptions;
  #owner: string;
  #stopTimer: (() => void) | null = null;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#owner = options.newOwner();
  }

  get owner(): string {
    return this.#owner;
  }

  async open(): Promise<void> {
    await this.#beat();
    this.#schedule();
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

  #schedule(): void {
    if (this.#closed) return;
    this.#stopTimer = this.#options.clock.after(this.#options.leaseMs / 3, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      await this.#beat();
    } catch (error) {
      this.#options.log.error("the heartbeat could not be written", { error: String(error) });
    }
    this.#schedule();
  }

  /** Tells the other nodes at once what has changed here. */
  async announce(): Promise<void> {
    if (this.#stopTimer && !this.#closed && isShared(this.#options.store)) await this.#tell();
  }

  /** Takes over from nodes that have been silent for too long. */
  async reclaim(): Promise<void> {
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
    await this.reclaim();
  }

  #tell(): Promise<boolean> {
    const { store, clock, leaseMs, facts } = this.#options;
    const now = clock.now();
    const beat = { owner: this.#owner, now, until: now + leaseMs };
    return isShared(store) ? store.heartbeat({ ...beat, node: facts() }) : store.heartbeat(beat);
  }
}
