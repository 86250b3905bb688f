import { isShared, type MessageRow, type News, type Peer, type Store } from "@stepfast/store";
import type { Clock } from "../../ports/clock.ts";

export interface NeighboursOptions {
  store: Store;
  clock: Clock;
  owner: () => string;
  /** Whether this node has the app's code: in its process, or by a worker. */
  hosts: (appId: string) => boolean;
  /** News for a run of this node that another node has stored. */
  deliver: (message: MessageRow) => void;
  /** Apps or functions have changed. */
  reload: () => Promise<void>;
  /** A gate wants to be looked at by then. */
  onGateDue: (at: number) => void;
  /** A node has been silent for too long. */
  reclaim: () => Promise<void>;
}

/** The other nodes on a shared store, known from what they leave there. A store of one node has none. */
export class Neighbours {
  readonly #options: NeighboursOptions;
  #peers: Peer[] = [];
  #registryVersion: number | undefined;

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  /** Takes in what the others left. Returns the earliest `wakeAt` of a run that nobody owns. */
  async look(): Promise<number | null> {
    const { store, clock, owner } = this.#options;
    if (!isShared(store)) return store.nextWakeAt();
    const news = await store.news({ owner: owner(), now: clock.now() });
    await this.#hear(news);
    return news.wakeAt;
  }

  async #hear(news: News): Promise<void> {
    const { deliver, reload, reclaim, onGateDue } = this.#options;
    if (news.gateAt !== null) onGateDue(news.gateAt);
    this.#peers = news.peers;
    for (const message of news.messages) deliver(message);
    if (news.registryVersion !== this.#registryVersion) {
      await reload();
      this.#registryVersion = news.registryVersion;
    }
    if (news.hasLapsed) await reclaim();
  }

  /** Apps whose code is with others, and not here. */
  get appsElsewhere(): string[] {
    const apps = new Set(this.#peers.flatMap((peer) => peer.apps));
    return [...apps].filter((appId) => !this.#options.hosts(appId));
  }

  /** Where the others' APIs are, as of the last look. */
  get urls(): string[] {
    return this.#peers.flatMap((peer) => (peer.url === null ? [] : [peer.url]));
  }

  knows(owner: string): boolean {
    return this.#peers.some((peer) => peer.owner === owner);
  }

  /** Where the node of a session can be reached; null: it is not known to be alive, or cannot be. */
  urlOf(owner: string): string | null {
    return this.#peers.find((peer) => peer.owner === owner)?.url ?? null;
  }
}
