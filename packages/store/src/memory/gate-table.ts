import { pageSize } from "../page-size.ts";
import type { GateRow } from "../records.ts";
import type { GateFilter } from "../store.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Gates by id, and by when they are due. */
export class GateTable {
  readonly #gates = new Map<string, GateRow>();
  readonly #due = new WakeQueue(({ wakeAt, id }) => this.#gates.get(id)?.dueAt === wakeAt);

  get(id: string): GateRow | undefined {
    return this.#gates.get(id);
  }

  getAll(ids: string[]): GateRow[] {
    return [...new Set(ids)].flatMap((id) => {
      const row = this.#gates.get(id);
      return row === undefined ? [] : [{ ...row }];
    });
  }

  put(row: GateRow): void {
    const before = this.#gates.get(row.id);
    this.#gates.set(row.id, row);
    if (row.dueAt !== null && before?.dueAt !== row.dueAt) this.#due.push({ wakeAt: row.dueAt, id: row.id });
  }

  delete(id: string): void {
    this.#gates.delete(id);
  }

  list({ functionId, kinds, cursor = "", limit }: GateFilter): GateRow[] {
    const found = [...this.#gates.values()].filter(
      (row) =>
        row.id > cursor &&
        (functionId === undefined || row.functionId === functionId) &&
        (kinds === undefined || kinds.includes(row.kind)),
    );
    found.sort((a, b) => (a.id < b.id ? -1 : 1));
    return found.slice(0, pageSize(limit)).map((row) => ({ ...row }));
  }

  due({ now, limit }: { now: number; limit: number }): GateRow[] {
    const found = new Map<string, GateRow>();
    for (let next = this.#due.peek(); next && next.wakeAt <= now; next = this.#due.peek()) {
      const row = this.#gates.get(next.id);
      if (found.size === limit || row === undefined) break;
      this.#due.pop();
      found.set(next.id, { ...row });
    }
    for (const row of found.values()) this.#due.push({ wakeAt: row.dueAt ?? 0, id: row.id });
    return [...found.values()];
  }

  nextAt(): number | null {
    return this.#due.peek()?.wakeAt ?? null;
  }
}
