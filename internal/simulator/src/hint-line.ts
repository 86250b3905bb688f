import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";
import type { SimProcess } from "./process.ts";

const LONGEST_MS = 20;
const CHANCE_OF_LOSS = 0.3;

/** By which nodes hear that there may be news: some hints are lost, and those that come take a while. */
export class HintLine {
  readonly #loop: EventLoop;
  readonly #dice: Dice;
  readonly #listeners = new Map<() => void, SimProcess>();

  constructor(loop: EventLoop, dice: Dice) {
    this.#loop = loop;
    this.#dice = dice;
  }

  listen(process: SimProcess, listener: () => void): () => void {
    this.#listeners.set(listener, process);
    return () => this.#listeners.delete(listener);
  }

  hint(): void {
    for (const [listener, process] of this.#listeners) {
      if (this.#dice.chance(CHANCE_OF_LOSS)) continue;
      this.#loop.schedule(this.#dice.fraction() * LONGEST_MS, listener, process);
    }
  }
}
