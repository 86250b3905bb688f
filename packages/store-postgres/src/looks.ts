const MAX_LOOKS = 50_000;

/** What somebody saw who looked for waits: the newest under each key, and the newest this store knew of at all. */
export interface Look {
  name: string;
  newestByKey: ReadonlyMap<string, number>;
  newest: number;
}

/**
 * Looks by the version that was told for them. Waits under one key are numbered in the order in which they are
 * committed, but those of other nodes under different keys are not: so a version stands for a number for each key. The
 * oldest are forgotten; whoever comes with such a one has to look again.
 */
export class Looks {
  readonly #looks = new Map<number, Look>();
  #last = 0;
  /** Of the newest wait that this store has written or seen. */
  #newest: number;

  constructor(newest: number) {
    this.#newest = newest;
  }

  saw(seq: number): void {
    this.#newest = Math.max(this.#newest, seq);
  }

  remember(name: string, newestByKey: ReadonlyMap<string, number>): number {
    for (const seq of newestByKey.values()) this.saw(seq);
    this.#last += 1;
    this.#looks.set(this.#last, { name, newestByKey, newest: this.#newest });
    if (this.#looks.size > MAX_LOOKS) this.#forgetOldest();
    return this.#last;
  }

  #forgetOldest(): void {
    for (const oldest of this.#looks.keys()) {
      this.#looks.delete(oldest);
      return;
    }
  }

  /** The newest wait under the key that was seen then; undefined: nobody knows any more. Version 0 saw none. */
  newestSeen(version: number, name: string, key: string): number | undefined {
    if (version === 0) return 0;
    const look = this.#looks.get(version);
    if (look === undefined) return undefined;
    return (look.name === name ? look.newestByKey.get(key) : undefined) ?? look.newest;
  }
}
