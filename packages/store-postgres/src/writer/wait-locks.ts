import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";

const BUCKETS = 1_024;
/** More changes of mode than this, and everything is locked at once, and alone. */
const MAX_STATEMENTS = 8;

/** FNV-1a. */
function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % BUCKETS;
}

/**
 * Locks by which an event that finds no wait, and a wait that is opened meanwhile, come one after the other, on
 * whichever nodes. Whoever relies on what it saw under a name and keys shares the locks of these; whoever opens a wait
 * under a key, or the first with a path, holds the lock of the key, or of the name, alone. All take them in one order.
 */
export class WaitLocks {
  /** Whether a bucket is held alone. */
  readonly #buckets = new Map<number, boolean>();

  /** Nothing is opened under the name and the keys until the end. */
  share(name: string, keys: readonly string[]): void {
    this.#add(bucketOf(name), false);
    for (const key of keys) this.#add(bucketOf(`${name}\0${key}`), false);
  }

  open(name: string, key: string): void {
    this.#add(bucketOf(`${name}\0${key}`), true);
  }

  openPath(name: string): void {
    this.#add(bucketOf(name), true);
  }

  #add(bucket: number, isAlone: boolean): void {
    this.#buckets.set(bucket, isAlone || this.#buckets.get(bucket) === true);
  }

  reads({ schema }: Layout): Query[] {
    const groups = this.#groups();
    return groups.map(({ buckets, isAlone }) => {
      const text = `SELECT bucket FROM ${schema}.wait_buckets WHERE bucket = ANY ($1::int[])
        ORDER BY bucket ${isAlone ? "FOR UPDATE" : "FOR SHARE"}`;
      return { text, values: [`{${buckets.join(",")}}`] };
    });
  }

  /** In order of bucket, as many at a time as are locked in the same way. */
  #groups(): { buckets: number[]; isAlone: boolean }[] {
    const groups: { buckets: number[]; isAlone: boolean }[] = [];
    for (const [bucket, isAlone] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      const last = groups.at(-1);
      if (last?.isAlone === isAlone) last.buckets.push(bucket);
      else groups.push({ buckets: [bucket], isAlone });
    }
    if (groups.length <= MAX_STATEMENTS) return groups;
    return [{ buckets: groups.flatMap(({ buckets }) => buckets), isAlone: true }];
  }
}
