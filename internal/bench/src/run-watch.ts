import type { CommitResult, RunPatch, Store } from "@stepfast/store";

interface Waiter {
  isDone(): boolean;
  resolve(): void;
}

/** Counts runs that ended or parked, once that is durable. */
export class RunWatch {
  ended = 0;
  parked = 0;
  #waiters: Waiter[] = [];

  /** Watches a store from now on. Only commits that end or park a run take longer for it. */
  watch(store: Store): void {
    const commit = store.commit.bind(store);
    store.commit = (changes) => {
      const result = commit(changes);
      const { runs } = changes;
      return runs === undefined ? result : result.then((outcome) => this.#note(runs, outcome));
    };
  }

  #note(patches: RunPatch[], outcome: CommitResult): CommitResult {
    if (outcome.ok) this.#count(patches);
    return outcome;
  }

  #count(patches: RunPatch[]): void {
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
