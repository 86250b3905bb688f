/** Spans of one request for the `server-timing` header: `handler;dur=1, action;dur=12` (milliseconds). */
export class Timing {
  readonly #nowMs: () => number;
  readonly #spans: [name: string, durationMs: number][] = [];
  #startedAt: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startedAt = nowMs();
  }

  /** Ends the span that began with the last one's end. */
  end(name: string): void {
    const now = this.#nowMs();
    this.#spans.push([name, Math.max(0, now - this.#startedAt)]);
    this.#startedAt = now;
  }

  get header(): string {
    return this.#spans.map(([name, durationMs]) => `${name};dur=${durationMs}`).join(", ");
  }
}
