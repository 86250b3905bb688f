import type { MessageRow } from "@stepfast/store";

/** Runs on their way into this node's memory, being made or being read, and the news that came for them meanwhile. */
export class Arrivals {
  readonly #news = new Map<string, MessageRow[]>();

  get size(): number {
    return this.#news.size;
  }

  has(runId: string): boolean {
    return this.#news.has(runId);
  }

  expect(runId: string): void {
    this.#news.set(runId, []);
  }

  /** Keeps the message for a run that is on its way. Returns whether it is. */
  keep(message: MessageRow): boolean {
    return this.#news.get(message.runId)?.push(message) !== undefined;
  }

  /** The run is here, or will not come. Returns its news. */
  over(runId: string): MessageRow[] {
    const news = this.#news.get(runId) ?? [];
    this.#news.delete(runId);
    return news;
  }
}
