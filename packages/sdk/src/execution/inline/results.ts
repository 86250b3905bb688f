import type { FoundStep, Settlement } from "../found-step.ts";
import type { SettleOrder } from "../settle-order.ts";

interface Unordered {
  report: number;
  step: FoundStep;
  settlement: Settlement;
}

/**
 * Results of bodies on their way to user code. They go at once, unless news from outside could overtake them on the
 * way to the engine: then the engine's order counts, because that is the order replay will see.
 */
export class Results {
  readonly #settling: SettleOrder;
  readonly #unordered: Unordered[] = [];

  constructor(settling: SettleOrder) {
    this.#settling = settling;
  }

  get isEmpty(): boolean {
    return this.#unordered.length === 0;
  }

  /** `canBeOvertaken`: something else may settle from outside meanwhile. */
  add(result: Unordered, canBeOvertaken: boolean): void {
    if (canBeOvertaken || !this.isEmpty) this.#unordered.push(result);
    else this.#settling.append(result.step, result.settlement);
  }

  /** Lets go what the engine has ordered. */
  release(isDurable: (report: number) => boolean): void {
    while (this.#unordered[0] && isDurable(this.#unordered[0].report)) {
      const result = this.#unordered.shift();
      if (result) this.#settling.append(result.step, result.settlement);
    }
  }

  clear(): void {
    this.#unordered.length = 0;
  }
}
