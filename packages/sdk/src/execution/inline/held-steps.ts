import type { FoundStep } from "../found-step.ts";

/** Steps that only news from the engine can move: waits, and steps that failed for now. */
export class HeldSteps {
  readonly #steps = new Map<string, FoundStep>();
  #waits = 0;

  add(step: FoundStep): void {
    this.#steps.set(step.id, step);
    if (!step.plan.body) this.#waits++;
  }

  /** Takes a step out, if it is here. */
  take(stepId: string): FoundStep | undefined {
    const step = this.#steps.get(stepId);
    if (!step) return undefined;
    this.#steps.delete(stepId);
    if (!step.plan.body) this.#waits--;
    return step;
  }

  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  /** Whether any of them is settled from outside. */
  get hasWaits(): boolean {
    return this.#waits > 0;
  }

  /** Whether any of them is to run here again. */
  get hasRetries(): boolean {
    return this.#steps.size > this.#waits;
  }

  clear(): void {
    this.#steps.clear();
    this.#waits = 0;
  }
}
