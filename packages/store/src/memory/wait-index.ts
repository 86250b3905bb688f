import type { WaitRow } from "../records.ts";
import type { WaitMatches } from "../store.ts";

/** An open wait and its place in the order in which waits were opened. */
export interface OpenWait {
  seq: number;
  row: WaitRow;
}

/** All open waits by (name, key), and the paths that waits on a name have ever used. */
export class WaitIndex {
  readonly #byName = new Map<string, Map<string, Set<OpenWait>>>();
  readonly #paths = new Map<string, Set<string>>();
  #lastSeq = 0;

  add(row: WaitRow): OpenWait {
    this.#lastSeq += 1;
    const wait = { seq: this.#lastSeq, row };
    const byKey = entryOf(this.#byName, row.name, () => new Map<string, Set<OpenWait>>());
    entryOf(byKey, row.key, () => new Set<OpenWait>()).add(wait);
    // Each signal has a name of its own and no paths: remembering those would grow for ever.
    if (row.kind !== "signal") entryOf(this.#paths, row.name, () => new Set<string>()).add(row.path);
    return wait;
  }

  remove(wait: OpenWait): void {
    const byKey = this.#byName.get(wait.row.name);
    const waits = byKey?.get(wait.row.key);
    if (byKey === undefined || waits === undefined) return;
    waits.delete(wait);
    if (waits.size === 0) byKey.delete(wait.row.key);
    if (byKey.size === 0) this.#byName.delete(wait.row.name);
  }

  paths(name: string): string[] {
    return [...(this.#paths.get(name) ?? [])].sort();
  }

  find(params: { name: string; keys: string[]; now: number }): WaitMatches {
    const waits = this.#matching(params.name, params.keys)
      .filter(({ row }) => row.expiresAt === null || row.expiresAt > params.now)
      .map(({ row }) => ({ ...row }));
    return { waits, paths: this.paths(params.name).length, version: this.#lastSeq };
  }

  /** Whether all is as it was when `find` answered with this number of paths and this version. */
  isUnchanged(guard: { name: string; keys: string[]; paths: number; version: number }): boolean {
    if ((this.#paths.get(guard.name)?.size ?? 0) !== guard.paths) return false;
    return this.#matching(guard.name, guard.keys).every(({ seq }) => seq <= guard.version);
  }

  /** In the order in which they were opened. */
  #matching(name: string, keys: string[]): OpenWait[] {
    const byKey = this.#byName.get(name);
    if (byKey === undefined) return [];
    const found = [...new Set(keys)].flatMap((key) => [...(byKey.get(key) ?? [])]);
    return found.sort((a, b) => a.seq - b.seq);
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
