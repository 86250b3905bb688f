import type { CommitResult, News, NodeFacts, RunRow, SharedStore } from "@stepfast/store";
import type { HintLine } from "./hint-line.ts";
import { StoreLink, type StoreLinkOptions } from "./store-link.ts";

export interface SharedStoreLinkOptions extends Omit<StoreLinkOptions, "store"> {
  store: SharedStore;
  hints: HintLine;
}

/** One node's way to a store that it shares with others. */
export class SharedStoreLink extends StoreLink implements SharedStore {
  readonly #store: SharedStore;
  readonly #hints: HintLine;
  readonly #listen: (listener: () => void) => () => void;

  constructor({ hints, ...options }: SharedStoreLinkOptions) {
    super(options);
    this.#store = options.store;
    this.#hints = hints;
    this.#listen = (listener) => hints.listen(options.process, listener);
  }

  override commit(changes: Parameters<SharedStore["commit"]>[0]): Promise<CommitResult> {
    return this.write(async () => {
      const result = await this.#store.commit(changes);
      if (result.ok && (changes.messages ?? changes.newRuns) !== undefined) this.#hints.hint();
      return result;
    });
  }

  override heartbeat(params: {
    owner: string;
    now: number;
    until: number;
    node?: NodeFacts;
  }): Promise<boolean> {
    return this.write(() => this.#store.heartbeat(params));
  }

  override claim(params: Parameters<SharedStore["claim"]>[0]): Promise<RunRow[]> {
    return this.write(() => this.#store.claim(params));
  }

  news(params: { owner: string; now: number }): Promise<News> {
    return this.read(() => this.#store.news(params));
  }

  onHint(listener: () => void): () => void {
    return this.#listen(listener);
  }
}
