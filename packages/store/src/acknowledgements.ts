/** How many callers hear of their writes in one turn of the event loop. */
const SLICE = 32;

/**
 * Tells callers what became of their writes, a few in each turn: what the first of them ask for next is on its way to
 * the disk while the others are still being told.
 */
export class Acknowledgements<Item> {
  readonly #tell: (item: Item) => void;
  readonly #onEmpty: () => void;
  #due: Item[] = [];
  #told = 0;
  #isScheduled = false;

  constructor(tell: (item: Item) => void, onEmpty: () => void) {
    this.#tell = tell;
    this.#onEmpty = onEmpty;
  }

  get isEmpty(): boolean {
    return this.#due.length === 0;
  }

  /** In order, after all that were added before; the first few at once. */
  add(items: Item[]): void {
    this.#due = this.isEmpty ? items : [...this.#due, ...items];
    if (!this.#isScheduled) this.#tellSome();
  }

  #tellSome(): void {
    const end = Math.min(this.#told + SLICE, this.#due.length);
    for (const item of this.#due.slice(this.#told, end)) this.#tell(item);
    this.#told = end;
    if (end < this.#due.length) return this.#schedule();
    this.#due = [];
    this.#told = 0;
    this.#onEmpty();
  }

  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#tellSome();
    });
  }
}
