import type { Store } from "@stepfast/store";
import { MemoryStore, SharedMemoryStore } from "@stepfast/store/memory";
import type { Ground } from "./ground.ts";

/** Rows in memory: what is done to them is done at once. */
export class MemoryGround implements Ground {
  readonly isShared: boolean;
  readonly isHasty = false;
  readonly #store: MemoryStore;

  constructor({ isShared = false } = {}) {
    this.isShared = isShared;
    this.#store = isShared ? new SharedMemoryStore() : new MemoryStore();
  }

  get observer(): Store {
    return this.#store;
  }

  open(): Store {
    return this.#store;
  }

  leave(): void {}

  async reopen(): Promise<void> {
    this.#store.reopen();
  }
}
