import { pageSize } from "../page-size.ts";
import type { DocumentRow } from "../records.ts";
import type { DocumentFilter, Store } from "../store.ts";

type Put = Parameters<Store["putDocument"]>[0];

/** The documents of the memory store, by kind and id. */
export class DocumentTable {
  readonly #byKind = new Map<string, Map<string, DocumentRow>>();

  #of(kind: string): Map<string, DocumentRow> {
    const found = this.#byKind.get(kind) ?? new Map<string, DocumentRow>();
    this.#byKind.set(kind, found);
    return found;
  }

  put({ kind, id, body, version, now }: Put): boolean {
    const before = this.#of(kind).get(id);
    if ((before?.version ?? 0) !== version) return false;
    const createdAt = before?.createdAt ?? now;
    this.#of(kind).set(id, { kind, id, body, version: version + 1, createdAt, updatedAt: now });
    return true;
  }

  get(kind: string, id: string): DocumentRow | null {
    const found = this.#of(kind).get(id);
    return found === undefined ? null : { ...found };
  }

  list({ kind, cursor = "", limit }: DocumentFilter): DocumentRow[] {
    const after = [...this.#of(kind).values()].filter(({ id }) => id > cursor);
    after.sort((a, b) => (a.id < b.id ? -1 : 1));
    return after.slice(0, pageSize(limit)).map((row) => ({ ...row }));
  }

  delete(kind: string, id: string, version: number): boolean {
    return this.#of(kind).get(id)?.version === version && this.#of(kind).delete(id);
  }
}
