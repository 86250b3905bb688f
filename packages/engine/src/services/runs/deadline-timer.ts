import type { Clock } from "../../ports/clock.ts";

/** One timer that always stands at the earliest time it was asked for. */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #at = Number.POSITIVE_INFINITY;
  #forget: (() => void) | null = null;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Goes off at that time, or before if it was asked to. Infinity asks for nothing. */
  wakeBy(at: number): void {
    if (at >= this.#at) return;
    this.stop();
    this.#at = at;
    this.#forget = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#forget = null;
      this.#onDue();
    });
  }

  stop(): void {
    this.#forget?.();
    this.#forget = null;
    this.#at = Number.POSITIVE_INFINITY;
  }
}
