import { performance } from "node:perf_hooks";

/** About how long a portion takes. */
const WANTED_MS = 4;
const FEWEST_ROWS = 50;
const MOST_ROWS = 5_000;

/**
 * Long reads are made in portions, of all of them one a turn of the event loop: what else the node does goes on in between.
 * How many rows a portion looks at follows from how long those before it took.
 */
export class Portions {
  #rows = 500;
  #last: Promise<void> = Promise.resolve();

  /** Reads when it is its turn. */
  async take<Result>(read: (rows: number) => Result): Promise<Result> {
    const before = this.#last;
    let over = () => {};
    this.#last = new Promise((resolve) => {
      over = resolve;
    });
    await before;
    const startedAt = performance.now();
    try {
      return read(this.#rows);
    } finally {
      this.#adapt(performance.now() - startedAt);
      setImmediate(over);
    }
  }

  #adapt(tookMs: number): void {
    if (tookMs < WANTED_MS / 2) this.#rows = Math.min(MOST_ROWS, this.#rows * 2);
    else if (tookMs > WANTED_MS * 2) this.#rows = Math.max(FEWEST_ROWS, Math.floor(this.#rows / 4));
  }
}
