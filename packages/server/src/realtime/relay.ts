import type { Log } from "@stepfast/engine";
import { limits } from "@stepfast/protocol";
import type { Parcel } from "./parcel.ts";

export const RELAY_PATH = "/v1/realtime/relay";
const PATIENCE_MS = 5_000;

export interface RelayOptions {
  /** Where the other nodes' APIs are. */
  peers: () => string[];
  token: () => Promise<string>;
  log: Log;
}

/**
 * Hands what is published here on to the other nodes: in order, each thing once at most. A node that does not answer, or
 * takes things in more slowly than they come, misses some.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #outboxes = new Map<string, Outbox>();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  send(parcel: Parcel): void {
    const peers = this.#options.peers();
    if (peers.length === 0) return;
    const text = JSON.stringify(parcel);
    for (const peer of peers) this.#outbox(peer).put(text);
  }

  #outbox(peer: string): Outbox {
    const known = this.#outboxes.get(peer);
    if (known) return known;
    const outbox = new Outbox(peer, this.#options, () => this.#outboxes.delete(peer));
    this.#outboxes.set(peer, outbox);
    return outbox;
  }
}

/** What is on its way to one node. It is there as long as something is. */
class Outbox {
  readonly #peer: string;
  readonly #options: RelayOptions;
  readonly #onEmpty: () => void;
  #waiting: string[] = [];
  #length = 0;
  #sending = false;
  #missed = 0;

  constructor(peer: string, options: RelayOptions, onEmpty: () => void) {
    this.#peer = peer;
    this.#options = options;
    this.#onEmpty = onEmpty;
  }

  put(text: string): void {
    if (this.#length + text.length > limits.realtimeBacklogBytes) {
      this.#missed++;
      return;
    }
    this.#waiting.push(text);
    this.#length += text.length;
    if (!this.#sending) void this.#empty();
  }

  async #empty(): Promise<void> {
    this.#sending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#length = 0;
      if (!(await this.#post(batch))) this.#missed += batch.length;
    }
    this.#sending = false;
    this.#onEmpty();
    if (this.#missed === 0) return;
    this.#options.log.warn("Another node missed realtime messages", {
      node: this.#peer,
      count: this.#missed,
    });
  }

  async #post(batch: string[]): Promise<boolean> {
    try {
      const authorization = `Bearer ${await this.#options.token()}`;
      const response = await fetch(new URL(RELAY_PATH, this.#peer), {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: `[${batch.join(",")}]`,
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }
}
