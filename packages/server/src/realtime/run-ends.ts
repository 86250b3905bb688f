import type { Clock, EngineContract } from "@stepfast/engine";
import type { RunRow, Store } from "@stepfast/store";
import { isLive } from "../views/waiting.ts";

const POLL_MS = 1_000;
/** Runs looked at in one poll; more take turns. */
const RUNS_PER_POLL = 100;

interface Listener {
  ended: (run: RunRow) => void;
  /** The server is closing. */
  closed: () => void;
}

export interface RunEndsOptions {
  engine: Pick<EngineContract, "onRunEnd">;
  store: Store;
  clock: Clock;
}

/** Tells when runs have ended: at once of those that end on this node, within a second or so of the others. */
export class RunEnds {
  readonly #options: RunEndsOptions;
  readonly #watched = new Map<string, Set<Listener>>();
  readonly #unlisten: () => void;
  #stopTimer: (() => void) | null = null;
  #isClosed = false;

  constructor(options: RunEndsOptions) {
    this.#options = options;
    this.#unlisten = options.engine.onRunEnd((runId) => {
      if (this.#watched.has(runId)) void this.#look(runId);
    });
  }

  /** Calls back once, also for a run that has ended already. Returns what forgets it. */
  watch(runId: string, ended: (run: RunRow) => void, closed = () => {}): () => void {
    if (this.#isClosed) {
      queueMicrotask(closed);
      return () => {};
    }
    const listener = { ended, closed };
    const listeners = this.#watched.get(runId) ?? new Set();
    listeners.add(listener);
    this.#watched.set(runId, listeners);
    void this.#look(runId);
    this.#schedule();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watched.get(runId) === listeners) this.#watched.delete(runId);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#unlisten();
    this.#stopTimer?.();
    const listeners = [...this.#watched.values()].flatMap((each) => [...each]);
    this.#watched.clear();
    for (const { closed } of listeners) closed();
  }

  async #look(runId: string): Promise<void> {
    // A store that does not answer is asked again with the next poll.
    const run = await this.#options.store.getRun(runId).catch(() => null);
    if (!run || isLive(run)) return;
    const listeners = this.#watched.get(runId);
    this.#watched.delete(runId);
    for (const { ended } of listeners ?? []) ended(run);
  }

  #schedule(): void {
    if (this.#isClosed || this.#stopTimer || this.#watched.size === 0) return;
    this.#stopTimer = this.#options.clock.after(POLL_MS, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    for (const [runId, listeners] of [...this.#watched].slice(0, RUNS_PER_POLL)) {
      if (this.#watched.get(runId) !== listeners) continue;
      // To the end of the queue.
      this.#watched.delete(runId);
      this.#watched.set(runId, listeners);
      await this.#look(runId);
    }
    this.#stopTimer = null;
    this.#schedule();
  }
}
