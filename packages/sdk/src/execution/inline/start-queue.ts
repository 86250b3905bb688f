import type { FoundStep } from "../found-step.ts";

interface Entry {
  step: FoundStep;
  /** The report that must be durable first. */
  after: number;
}

/** Steps whose bodies are to start, in the order they were found, each once what came before it is durable. */
export class StartQueue {
  #entries: Entry[] = [];
  #head = 0;
  #notBefore = 0;

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  get size(): number {
    return this.#entries.length - this.#head;
  }

  add(step: FoundStep, after: number): void {
    this.#entries.push({ step, after });
  }

  /** Nothing queued now may start before this report is durable. */
  holdUntil(report: number): void {
    this.#notBefore = report;
  }

  /** The next step that may start, or nothing. */
  take(isDurable: (report: number) => boolean): FoundStep | undefined {
    const entry = this.#entries[this.#head];
    if (!entry || !isDurable(Math.max(entry.after, this.#notBefore))) return undefined;
    this.#head++;
    if (this.isEmpty) this.clear();
    return entry.step;
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
  }
}
