import type { ChangeSet, CommitResult, Store } from "@stepfast/store";

interface Waiter {
  isDone(): boolean;
  resolve(): void;
}

/** Counts runs that ended or parked, once that is durable. */
export class RunWatch {
  ended = 0;
  parked = 0;
  #waiters: Waiter[] = [];

  /** The same store, watched. */
  over(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        if (name === "commit") return (changes: ChangeSet) => this.#commit(target, changes);
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  async #commit(store: Store, changes: ChangeSet): Promise<CommitResult> {
    const result = await store.commit(changes);
    if (result.ok && changes.runs !== undefined) this.#count(changes.runs);
    return result;
  }

  #count(patches: NonNullable<ChangeSet["runs"]>): void {
    for (const patch of patches) {
      if (patch.endedAt !== undefined) this.ended++;
      else if (patch.owner === null) this.parked++;
    }
    this.#waiters = this.#waiters.filter((waiter) => {
      if (!waiter.isDone()) return true;
      waiter.resolve();
      return false;
    });
  }

  /** Resolves once so many more runs have ended, counted from now on. */
  ends(count: number): Promise<void> {
    const target = this.ended + count;
    return this.#until(() => this.ended >= target);
  }

  parks(count: number): Promise<void> {
    const target = this.parked + count;
    return this.#until(() => this.parked >= target);
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ isDone, resolve }));
  }
}
