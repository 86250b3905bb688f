import type { MessageRow } from "./records.ts";
import type { Store } from "./store.ts";

/** What the other nodes need to know of one. */
export interface NodeFacts {
  /** Where its API can be reached by them; null: it cannot. */
  url: string | null;
  /** Apps whose code it has and others may not: in its process, or by workers that are connected to it. */
  apps: string[];
}

/** Another node that is alive. */
export interface Peer extends NodeFacts {
  owner: string;
}

/** What a node has to know about and nobody tells it. */
export interface News {
  /** The earliest `wakeAt` of a live run nobody owns. */
  wakeAt: number | null;
  /** The earliest `dueAt` of a gate. */
  gateAt: number | null;
  /** Messages that live runs of this session have and may not have heard of, in order of arrival. */
  messages: MessageRow[];
  /** Changes with every app and function that is put or deleted. */
  registryVersion: number;
  /** Sessions of others that are alive, in order of their names. */
  peers: Peer[];
  /** Whether `reclaim` has work: a session's time is over and nobody has given it up yet, or has left some of its runs. */
  hasLapsed: boolean;
}

/**
 * A store that several nodes work on at once. A node's heartbeat tells the others of it; what they leave for it, it finds
 * in its news: looked for every so often, and sooner on a hint.
 */
export interface SharedStore extends Store {
  heartbeat(params: { owner: string; now: number; until: number; node?: NodeFacts }): Promise<boolean>;
  /** Like a store of one node, but for runs of these apps: their code is with other nodes. */
  claim(params: {
    owner: string;
    now: number;
    limit: number;
    exceptApps?: string[];
  }): ReturnType<Store["claim"]>;
  /** One read. */
  news(params: { owner: string; now: number }): Promise<News>;
  /** Calls back when there may be news, until the function that is returned is called. Hints may be lost. */
  onHint(listener: () => void): () => void;
}

export function isShared(store: Store): store is SharedStore {
  return "news" in store;
}
