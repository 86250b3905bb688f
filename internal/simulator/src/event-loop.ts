import type { Dice } from "./dice.ts";
import type { SimProcess } from "./process.ts";

interface SimEvent {
  at: number;
  /** Thrown by the dice: what is due at the same moment comes in an order of the seed's. */
  tie: number;
  order: number;
  process: SimProcess | null;
  callback: (() => void) | null;
}

/** The real thing, whatever stands in its place while a simulation runs. */
const realSetImmediate = setImmediate;

/** Virtual time and the only source of order: every callback is an event, and events come by (time, dice). */
export class EventLoop {
  readonly #dice: Dice;
  readonly #heap: SimEvent[] = [];
  #immediates: { process: SimProcess | null; callback: () => void }[] = [];
  #nowMs: number;
  #order = 0;
  #current: SimProcess | null = null;
  #needed = 0;
  #onAnswer = () => {};
  eventCount = 0;

  constructor(dice: Dice, startMs: number) {
    this.#dice = dice;
    this.#nowMs = startMs;
  }

  /** Milliseconds since the epoch, with fractions. */
  get exactNow(): number {
    return this.#nowMs;
  }

  /** Whole milliseconds since the epoch. */
  get now(): number {
    return Math.floor(this.#nowMs);
  }

  /** Whose code runs just now. */
  get current(): SimProcess | null {
    return this.#current;
  }

  /** Calls back `delayMs` from now in this process; returns a function that forgets it. */
  schedule(delayMs: number, callback: () => void, process: SimProcess | null = this.#current): () => void {
    const event: SimEvent = {
      at: this.#nowMs + Math.max(0, delayMs),
      tie: this.#dice.fraction(),
      order: this.#order++,
      process,
      callback,
    };
    this.#push(event);
    return () => {
      event.callback = null;
    };
  }

  /** Calls back after what is being done now, at the same moment. */
  immediate(callback: () => void): void {
    this.#immediates.push({ process: this.#current, callback });
  }

  /** Time stands still until this has settled: what takes real time takes none here. */
  needs(promise: Promise<unknown>): void {
    this.#needed++;
    const settled = () => {
      this.#needed--;
      this.#onAnswer();
    };
    promise.then(settled, settled);
  }

  /** Resolves `ms` later; never, if the process dies first. */
  delay(ms: number, process: SimProcess | null = this.#current): Promise<void> {
    return new Promise((resolve) => void this.schedule(ms, resolve, process));
  }

  /** Goes on where a paused process stopped. */
  resume(process: SimProcess): void {
    for (const callback of process.resume()) this.schedule(0, callback, process);
  }

  /** Runs events until none is left, `until` (milliseconds) has come, or `isDone`. */
  async run(until: number, isDone: () => boolean): Promise<void> {
    await this.#settle();
    while (!isDone()) {
      const event = this.#heap[0];
      if (!event || event.at > until) break;
      this.#pop();
      await this.#fire(event);
    }
    if (!isDone()) this.#nowMs = Math.max(this.#nowMs, until);
  }

  async #fire({ at, process, callback }: SimEvent): Promise<void> {
    if (!callback || process?.isAlive === false) return;
    this.#nowMs = Math.max(this.#nowMs, at);
    if (process?.holds(callback)) return;
    this.eventCount++;
    this.#current = process;
    callback();
    await this.#settle();
    this.#current = null;
  }

  /** Lets all promises and immediates run out, and all that is needed come, before anything else happens. */
  async #settle(): Promise<void> {
    await this.#runOut();
    while (this.#needed > 0) {
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve;
      });
      await this.#runOut();
    }
  }

  async #runOut(): Promise<void> {
    await turn();
    while (this.#immediates.length > 0) {
      const batch = this.#immediates;
      this.#immediates = [];
      for (const { process, callback } of batch) {
        if (process?.isAlive === false) continue;
        this.#current = process;
        callback();
        await turn();
      }
    }
  }

  #push(event: SimEvent): void {
    this.#heap.push(event);
    let i = this.#heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#swapIfBefore(i, parent)) return;
      i = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      const a = this.#heap[left];
      const b = this.#heap[left + 1];
      if (!a) return;
      const child = b && isBefore(b, a) ? left + 1 : left;
      if (!this.#swapIfBefore(child, i)) return;
      i = child;
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const a = this.#heap[lower];
    const b = this.#heap[upper];
    if (!a || !b || !isBefore(a, b)) return false;
    this.#heap[upper] = a;
    this.#heap[lower] = b;
    return true;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.tie === b.tie ? a.order < b.order : a.tie < b.tie;
}

/** One real turn: every promise that can go on has gone on when it is over. */
function turn(): Promise<void> {
  return new Promise((resolve) => void realSetImmediate(resolve));
}
