const FIRST_SIZE = 20;
const MIN_SIZE = 10;
const MAX_SIZE = 400;
/** Between sizes: a store may have to plan each for itself. */
const STRIDE = 5;
/** What a portion may take beside the waiting for the disk: others wait no longer for their turn. */
const WORK_MS = 6;
/** A portion's own commit, their ends, and what others have in the same. */
const COMMITS = 3;
/** Commits that are measured, and portions after which the next one is. */
const REMEMBERED = 8;
const PORTIONS = 16;

/**
 * How much of a bulk operation is done at a time, and how much of the time: as much as others hardly feel. A portion that
 * took longer than it may makes the next one smaller; between two the engine is left alone for half as long as the one took.
 * On a machine that is slow, or has much to do, commits take longer, and a portion may, too. That is asked of commits that
 * are small: those of a portion take the longer the larger it is.
 */
export class JobPace {
  #size = FIRST_SIZE;
  #tookMs = 0;
  readonly #commits: number[] = [];
  #unmeasured = Infinity;

  /** Runs that the next portion is done to, at most. */
  get size(): number {
    return STRIDE * Math.round(this.#size / STRIDE);
  }

  /** From the beginning of a portion to that of the next, as far as can be told. */
  get cycleMs(): number {
    return Math.ceil(1.5 * this.#tookMs);
  }

  /** How long a portion is likely to take. */
  get expectedMs(): number {
    return Math.max(1, Math.ceil(this.#tookMs));
  }

  /** Whether a small commit is to be measured before the next portion. */
  get wantsMeasure(): boolean {
    return this.#unmeasured >= PORTIONS;
  }

  /** How long a small commit took. */
  noteCommit(commitMs: number): void {
    this.#unmeasured = 0;
    this.#commits.push(commitMs);
    if (this.#commits.length > REMEMBERED) this.#commits.shift();
  }

  /** `tookMs`: until all that a portion of `count` runs caused was done. */
  note({ count, tookMs }: { count: number; tookMs: number }): void {
    this.#unmeasured++;
    this.#tookMs += (tookMs - this.#tookMs) / 4;
    const budgetMs = WORK_MS + COMMITS * usualOf(this.#commits);
    if (tookMs > budgetMs) this.#size *= Math.max(0.5, budgetMs / tookMs);
    else if (count >= this.size) this.#size *= 1.25;
    this.#size = Math.min(MAX_SIZE, Math.max(MIN_SIZE, this.#size));
  }
}

/** The mean without the longest, which say more of that moment than of the disk. */
function usualOf(values: readonly number[]): number {
  const usual = [...values].sort((a, b) => a - b).slice(0, Math.ceil(0.75 * values.length));
  return usual.reduce((sum, value) => sum + value, 0) / Math.max(1, usual.length);
}
