import type { Store } from "@stepfast/store";
import type { FunctionIndex } from "../domain/function-index.ts";
import { PAUSED } from "../domain/pause.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

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
  /** Functions that were paused when this node looked last; null: it has never looked. */
  #paused: Set<string> | null = null;

  constructor(options: PausesOptions) {
    this.#options = options;
  }

  /** Looks at how functions stand now. The first time all that are not paused may have runs put away by a node that is gone. */
  async look(): Promise<void> {
    const before = this.#paused;
    const all = this.#options.index.all();
    this.#paused = new Set(all.filter((spec) => spec.paused !== null).map((spec) => spec.id));
    const isFree = (functionId: string) => !this.#paused?.has(functionId);
    const resumed = (before === null ? all.map((spec) => spec.id) : [...before]).filter(isFree);
    await this.#options.hold();
    if (resumed.length === 0) return;
    await this.#resume(resumed);
    if (before !== null) this.#resumeLater(resumed);
  }

  async #resume(functionIds: string[]): Promise<void> {
    const { store, clock, claimSoon } = this.#options;
    const count = await store.unblock({ functionIds, blocked: PAUSED, now: clock.now() });
    if (count > 0) claimSoon();
  }

  #resumeLater(functionIds: string[]): void {
    const { clock, index, log } = this.#options;
    clock.after(SETTLE_MS, () => {
      const free = functionIds.filter((id) => !index.get(id)?.paused);
      this.#resume(free).catch((error: unknown) => {
        log.warn("runs of resumed functions could not be looked for", { error: String(error) });
      });
    });
  }
}
