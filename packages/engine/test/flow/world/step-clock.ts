import type { Clock } from "../../../src/ports/clock.ts";

interface Timer {
  at: number;
  order: number;
  callback: () => void;
}

/** A clock that goes from one instant at which something is due to the next. */
export class StepClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #order = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, Math.ceil(delayMs)), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next timer is due. */
  nextAt(): number | null {
    return this.#first()?.at ?? null;
  }

  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** Lets the first timer that is due by now go off. False: there is none. */
  fire(): boolean {
    const first = this.#first();
    if (!first || first.at > this.#now) return false;
    this.#timers.delete(first);
    first.callback();
    return true;
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}
