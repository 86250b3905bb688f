import type { Store } from "@stepfast/store";
import type { FunctionIndex } from "../../domain/function-index.ts";
import { PAUSED } from "../../domain/pause.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

/** Nodes that have not heard yet that a function was resumed may put runs away a moment longer. */
const SETTLE_MS = 10_000;

export interface PausesOptions {
  store: Store;
  clock: Clock;
  log: Log;
  index: FunctionIndex;
  /** Stops the runs here of functions whose runs are held. */
  hold: () => Promise<void>;
  claimSoon: () => void;
}

/** Carries out what operators have decided: runs of paused functions are put away, those of resumed ones go on. */
export class Pauses {
  readonly #options: PausesOptions;
  /** The functions there were when this node looked last, and whether they were paused. */
  #known: ReadonlyMap<string, boolean> = new Map();
  /** Functions that were resumed, and whose runs are not known to be free yet. */
  readonly #resumed = new Set<string>();
  #isStopped = false;

  constructor(options: PausesOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Looks at how functions stand now. One that it sees for the first time and that is not paused may have runs put away by a node
   * that is gone.
   */
  async look(): Promise<void> {
    const before = this.#known;
    const all = this.#options.index.all();
    this.#known = new Map(all.map((spec) => [spec.id, spec.paused !== null]));
    const free = all.filter((spec) => spec.paused === null).map((spec) => spec.id);
    for (const functionId of free) if (before.get(functionId) !== false) this.#resumed.add(functionId);
    const resumed = free.filter((functionId) => before.get(functionId) === true);
    // Also if the store does not answer now: the function is resumed, and who asked for it may not ask again.
    if (resumed.length > 0) this.#resumeLater(resumed);
    await this.#options.hold();
    await this.#resume();
  }

  /** A function was resumed here. This node need not have seen it paused; what was begun while it was may be put away yet. */
  async resumed(functionId: string): Promise<void> {
    this.#resumed.add(functionId);
    this.#resumeLater([functionId]);
    await this.#resume();
  }

  async #resume(): Promise<void> {
    const { store, clock, index, claimSoon } = this.#options;
    const functionIds = [...this.#resumed].filter((id) => !index.get(id)?.paused);
    if (functionIds.length === 0) return;
    const count = await store.unblock({ functionIds, blocked: PAUSED, now: clock.now() });
    for (const functionId of functionIds) this.#resumed.delete(functionId);
    if (count > 0) claimSoon();
  }

  #resumeLater(functionIds: string[]): void {
    const { clock, log } = this.#options;
    clock.after(SETTLE_MS, () => {
      if (this.#isStopped) return;
      for (const functionId of functionIds) this.#resumed.add(functionId);
      this.#resume().catch((error: unknown) => {
        log.warn("runs of resumed functions could not be looked for; trying again", { error: String(error) });
        this.#resumeLater(functionIds);
      });
    });
  }
}
