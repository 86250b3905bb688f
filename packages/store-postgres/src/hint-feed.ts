import { randomBytes } from "node:crypto";
import { HintLine } from "./connection/hint-line.ts";
import { concerns, type HintChannel } from "./writer/hints.ts";

/** Passes on what other nodes tell of news for this one. */
export class HintFeed {
  readonly channel: HintChannel;
  readonly #line: HintLine;
  readonly #listeners = new Set<() => void>();

  /** Nodes on one schema tell each other: the channel has its name. */
  constructor(url: string, schema: string) {
    this.channel = { name: schema, from: randomBytes(9).toString("base64url"), own: new Set() };
    this.#line = new HintLine({ url, channel: schema, hear: (payload) => this.#hear(payload) });
  }

  /** Resolves also if it cannot listen yet. */
  async open(): Promise<void> {
    await this.#line.open();
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #hear(payload: string | undefined): void {
    if (payload !== undefined && !concerns(this.channel, payload)) return;
    for (const listener of [...this.#listeners]) listener();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#line.close();
  }
}
