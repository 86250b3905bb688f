import { type Database, getRow, prepare, type SqlValue, type Statement } from "../driver.ts";

/** What a write needs to know of a run. */
export interface RunHead {
  rid: number;
  isLive: boolean;
  owner: string | null;
  epoch: number;
  wakeAt: number | null;
}

const MAX_HEADS = 50_000;

export function isLiveStatus(status: SqlValue | undefined): boolean {
  return status === "queued" || status === "running";
}

/**
 * Heads of runs by id. Only this thread writes, so those it has seen are kept and a lease is checked without SQL; after
 * a rollback all are forgotten.
 */
export class RunHeads {
  readonly #select: Statement;
  readonly #heads = new Map<string, RunHead>();

  constructor(db: Database) {
    this.#select = prepare(db, "SELECT rid, status, owner, epoch, wake_at FROM runs WHERE id = ?");
  }

  get(id: string): RunHead | undefined {
    const known = this.#heads.get(id);
    if (known !== undefined) return known;
    const row = getRow(this.#select, id);
    if (row === undefined) return undefined;
    const [rid, status, owner, epoch, wakeAt] = row;
    const head = {
      rid: Number(rid),
      isLive: isLiveStatus(status),
      owner: owner as string | null,
      epoch: Number(epoch),
      wakeAt: wakeAt as number | null,
    };
    this.set(id, head);
    return head;
  }

  set(id: string, head: RunHead): void {
    this.#heads.set(id, head);
    if (this.#heads.size <= MAX_HEADS) return;
    for (const oldest of this.#heads.keys()) {
      this.#heads.delete(oldest);
      return;
    }
  }

  forget(id: string): void {
    this.#heads.delete(id);
  }

  clear(): void {
    this.#heads.clear();
  }
}
