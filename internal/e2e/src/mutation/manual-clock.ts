import type { Clock } from "@stepfast/engine";

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that stands still but for jumps to the next timer. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  /** The next one last. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    let index = this.#timers.length;
    while (index > 0 && (this.#timers[index - 1]?.at ?? 0) <= timer.at) index--;
    this.#timers.splice(index, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** Jumps to the next timer and fires all that are due there. False: there is none. */
  jump(): boolean {
    const next = this.#timers.at(-1);
    if (!next) return false;
    this.#now = Math.max(this.#now, next.at);
    while ((this.#timers.at(-1)?.at ?? Number.POSITIVE_INFINITY) <= this.#now) this.#timers.pop()?.callback();
    return true;
  }
}
