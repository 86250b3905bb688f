import { afterMacrotask } from "../macrotask.ts";

/**
 * Tells when nothing happens any more. Two turns of the loop must pass without news: one for what is ready to run,
 * one for timers that user code set to zero.
 */
export class IdleWatch {
  readonly #isQuiet: () => boolean;
  readonly #onIdle: () => void;
  #news = 0;
  #isWatching = false;

  constructor(isQuiet: () => boolean, onIdle: () => void) {
    this.#isQuiet = isQuiet;
    this.#onIdle = onIdle;
  }

  /** Something happened. */
  news(): void {
    this.#news++;
  }

  /** Looks whether it is quiet, and if so whether it stays so. */
  consider(): void {
    if (this.#isWatching || !this.#isQuiet()) return;
    this.#isWatching = true;
    const before = this.#news;
    afterMacrotask(() => setTimeout(() => this.#check(before), 0));
  }

  #check(before: number): void {
    this.#isWatching = false;
    if (before === this.#news && this.#isQuiet()) this.#onIdle();
    else this.consider();
  }
}
