/** When a run wants to be claimed. */
export interface WakeEntry {
  wakeAt: number;
  id: string;
}

function isBefore(a: WakeEntry, b: WakeEntry): boolean {
  return a.wakeAt < b.wakeAt || (a.wakeAt === b.wakeAt && a.id < b.id);
}

/**
 * A heap of runs by (wakeAt, id). Entries are never taken out of the middle: one that no longer holds is dropped when
 * it comes up, and the heap is rebuilt once most of it is out of date.
 */
export class WakeQueue {
  readonly #isCurrent: (entry: WakeEntry) => boolean;
  #heap: WakeEntry[] = [];
  #compactAt = 1_024;

  constructor(isCurrent: (entry: WakeEntry) => boolean) {
    this.#isCurrent = isCurrent;
  }

  push(entry: WakeEntry): void {
    if (this.#heap.length >= this.#compactAt) this.#compact();
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
  }

  /** The earliest current entry, left in place. */
  peek(): WakeEntry | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#isCurrent(top)) return top;
      this.#removeTop();
    }
    return undefined;
  }

  pop(): WakeEntry | undefined {
    const top = this.peek();
    if (top !== undefined) this.#removeTop();
    return top;
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down();
  }

  #compact(): void {
    const current = this.#heap.filter(this.#isCurrent).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    // A run that was parked twice for the same moment stands there twice, side by side.
    this.#heap = current.filter((entry, i) => i === 0 || current[i - 1]?.id !== entry.id);
    this.#compactAt = Math.max(1_024, this.#heap.length * 2);
  }

  #up(start: number): void {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.#swapIfBefore(i, parent)) return;
      i = parent;
    }
  }

  #down(): void {
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const a = this.#heap[left];
      const b = this.#heap[left + 1];
      if (a === undefined) return;
      const child = b !== undefined && isBefore(b, a) ? left + 1 : left;
      if (!this.#swapIfBefore(child, i)) return;
      i = child;
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const a = this.#heap[lower];
    const b = this.#heap[upper];
    if (a === undefined || b === undefined || !isBefore(a, b)) return false;
    this.#heap[upper] = a;
    this.#heap[lower] = b;
    return true;
  }
}
