/** A promise that was broken. */
export interface Violation {
  invariant: string;
  message: string;
}

/** What happened, line by line, and what should not have. */
export class Journal {
  readonly #now: () => number;
  readonly #startMs: number;
  readonly lines: string[] = [];
  readonly violations: Violation[] = [];

  constructor(now: () => number) {
    this.#now = now;
    this.#startMs = now();
  }

  note(line: string): void {
    this.lines.push(`${((this.#now() - this.#startMs) / 1_000).toFixed(4)} ${line}`);
  }

  violate(invariant: string, message: string): void {
    this.violations.push({ invariant, message });
    this.note(`VIOLATION ${invariant}: ${message}`);
  }
}
