const MAX_LOOKS = 50_000;
/** Waits that are remembered by name. */
const MAX_SEEN = 500_000;

/** A wait as it was opened: one that is opened anew has another number. */
export interface SeenWait {
  runId: string;
  stepId: string;
  seq: number;
}

/** What somebody had seen under a key. */
export interface Sight {
  /** Up to this number everything was seen. */
  after: number;
  includes(wait: SeenWait): boolean;
}

/** What somebody saw who looked for waits under a name, and the newest number this store knew of at all. */
interface Look {
  name: string;
  byKey: ReadonlyMap<string, Sight>;
  newest: number;
  /** Waits that are remembered for it. */
  size: number;
}

function upTo(newest: number): Sight {
  return { after: newest, includes: ({ seq }) => seq <= newest };
}

function exactly(waits: readonly SeenWait[]): Sight {
  const seen = new Set(waits.map(idOf));
  return { after: 0, includes: (wait) => seen.has(idOf(wait)) };
}

function idOf({ runId, stepId, seq }: SeenWait): string {
  return `${seq} ${stepId} ${runId}`;
}

/**
 * Looks by the version that was told for them. Waits under one key are numbered in the order in which they are
 * committed, but those of other nodes under different keys are not: so a version stands for a number for each key. Where
 * numbers have no order at all, it stands for each of the waits. The oldest are forgotten; whoever comes with such a one
 * has to look again.
 */
export class Looks {
  readonly #looks = new Map<number, Look>();
  readonly #areOrdered: boolean;
  #last = 0;
  #size = 0;
  /** Of the newest wait that this store has written or seen. */
  #newest: number;

  /** `areOrdered`: numbers come from a sequence, one by one. */
  constructor(newest: number, { areOrdered }: { areOrdered: boolean } = { areOrdered: true }) {
    this.#newest = newest;
    this.#areOrdered = areOrdered;
  }

  saw(seq: number): void {
    this.#newest = Math.max(this.#newest, seq);
  }

  /** `waits`: what was found under each of the keys. */
  remember(name: string, waits: ReadonlyMap<string, readonly SeenWait[]>): number {
    for (const found of waits.values()) for (const { seq } of found) this.saw(seq);
    const sights = [...waits].map(([key, found]) => [key, this.#sight(found)] as const);
    const size = this.#areOrdered ? 0 : [...waits.values()].reduce((sum, { length }) => sum + length, 0);
    this.#last += 1;
    this.#size += size;
    this.#looks.set(this.#last, { name, byKey: new Map(sights), newest: this.#newest, size });
    while (this.#looks.size > MAX_LOOKS || (this.#size > MAX_SEEN && this.#looks.size > 1)) this.#forget();
    return this.#last;
  }

  #sight(waits: readonly SeenWait[]): Sight {
    return this.#areOrdered ? upTo(Math.max(0, ...waits.map(({ seq }) => seq))) : exactly(waits);
  }

  #forget(): void {
    for (const [oldest, { size }] of this.#looks) {
      this.#size -= size;
      this.#looks.delete(oldest);
      return;
    }
  }

  /** What was seen under the key then; undefined: nobody knows any more. Version 0 saw nothing. */
  seen(version: number, name: string, key: string): Sight | undefined {
    if (version === 0) return upTo(0);
    const look = this.#looks.get(version);
    if (look === undefined) return undefined;
    const sight = look.name === name ? look.byKey.get(key) : undefined;
    return sight ?? (this.#areOrdered ? upTo(look.newest) : undefined);
  }
}
