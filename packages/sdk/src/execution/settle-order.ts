import type { FoundStep, Settlement } from "./found-step.ts";
import { afterMacrotask } from "./macrotask.ts";
import { nextTurn } from "./microtask.ts";

/**
 * Microtask turns between a result and its settling: the code gets ahead as far as it can without it, so that it
 * has found the same steps, in the same order, whether the result took a day or was known from the start.
 */
const HEAD_START = 16;

interface Due {
  step: FoundStep;
  settlement: Settlement;
}

export interface SettleOrderHooks {
  /** A step is about to be settled. */
  settling(): void;
  /** Nothing is left to settle, for now. */
  idle(): void;
}

/**
 * Settles steps one at a time, in the order their results became known (PROTOCOL §3, `ctx.stack`), not in the order
 * the code asks for them. Live results take the same path, so that a race between branches ends the same way when
 * it is replayed.
 */
export class SettleOrder {
  readonly #hooks: SettleOrderHooks;
  readonly #order: string[];
  readonly #memoised = new Map<string, Due>();
  readonly #live: Due[] = [];
  /** Settled before it was their turn; made for the first. */
  #done: Set<string> | undefined;
  #cursor = 0;
  #pumping = false;
  #stopped = false;

  constructor(order: readonly string[], hooks: SettleOrderHooks) {
    this.#order = [...order];
    this.#hooks = hooks;
  }

  /** Nothing is waiting to be settled. */
  get isIdle(): boolean {
    return !this.#pumping;
  }

  /** Results from before this call are still to be settled. */
  get isReplaying(): boolean {
    return this.#memoised.size > 0;
  }

  /** A step whose result was known before the code asked for it. */
  memoised(step: FoundStep, settlement: Settlement): void {
    this.#memoised.set(step.id, { step, settlement });
    this.#wake();
  }

  /** A result that has just become known. */
  append(step: FoundStep, settlement: Settlement): void {
    this.#live.push({ step, settlement });
    this.#wake();
  }

  /** A result that became known before its step was found: it comes after all others. */
  expect(stepId: string): void {
    this.#order.push(stepId);
  }

  stop(): void {
    this.#stopped = true;
    this.#memoised.clear();
    this.#live.length = 0;
  }

  #wake(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    for (let turn = 0; turn <= HEAD_START; turn++) await nextTurn();
    if (this.#stopped) return;
    const due = this.#next();
    if (due) this.#settle(due);
    else if (this.#memoised.size > 0) afterMacrotask(this.#passOver);
    else this.#rest();
  }

  #next(): Due | undefined {
    while (this.#cursor < this.#order.length) {
      const id = this.#order[this.#cursor] ?? "";
      const due = this.#memoised.get(id);
      if (due) {
        this.#memoised.delete(id);
        return due;
      }
      if (!this.#done?.has(id)) break;
      this.#cursor++;
    }
    return this.#memoised.size === 0 ? this.#live.shift() : undefined;
  }

  #settle({ step, settlement }: Due): void {
    if (this.#cursor < this.#order.length) {
      this.#done ??= new Set();
      this.#done.add(step.id);
    }
    this.#hooks.settling();
    step.settle(settlement);
    this.#pumping = false;
    if (this.#memoised.size > 0 || this.#live.length > 0) this.#wake();
    else this.#rest();
  }

  #rest(): void {
    this.#pumping = false;
    this.#hooks.idle();
  }

  /** The step whose turn it is was not asked for; the code may have changed. The next known one takes its turn. */
  readonly #passOver = (): void => {
    if (this.#stopped) return;
    const ready = this.#next() ?? this.#earliest();
    if (ready) this.#settle(ready);
    else this.#rest();
  };

  #earliest(): Due | undefined {
    for (let i = this.#cursor; i < this.#order.length; i++) {
      const due = this.#memoised.get(this.#order[i] ?? "");
      if (due) return this.#take(due);
    }
    for (const due of this.#memoised.values()) return this.#take(due);
    return undefined;
  }

  #take(due: Due): Due {
    this.#memoised.delete(due.step.id);
    return due;
  }
}
