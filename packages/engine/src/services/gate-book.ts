import type { GateRow, ParkedRun, Store } from "@stepfast/store";
import { type GateChanges, type GateView, type KnownGate, MAX_KNOWN } from "../domain/flow/gate-board.ts";

const MAX_GATES = 20_000;

interface Entry extends KnownGate {
  /** Commits under way that change the gate. */
  underWay: number;
  /** One of them failed: what was planned on top of it will fail, too. Read anew once none is under way. */
  isVoid: boolean;
  /** Read anew: whoever plans with it waits. */
  reading: Promise<void> | null;
  onSettled: (() => void)[];
}

/**
 * What this node knows of gates: as they will be once all that is under way is durable, so that plans follow one upon the other
 * without waiting for the disk. Every plan is guarded by the stamps it was made on; one that was refused voids what is known.
 */
export class GateBook implements GateView {
  readonly #store: Store;
  readonly #entries = new Map<string, Entry>();

  constructor(store: Store) {
    this.#store = store;
  }

  get(id: string): KnownGate | undefined {
    const entry = this.#entries.get(id);
    return entry && !entry.isVoid && !entry.reading ? entry : undefined;
  }

  /** Reads these gates anew, once nothing is being written to them. */
  async read(ids: Iterable<string>): Promise<void> {
    await Promise.all([...ids].map((id) => this.#readOne(id)));
    this.#forgetOldest();
  }

  #readOne(id: string): Promise<void> {
    const entry = this.#entries.get(id) ?? blankEntry();
    this.#entries.set(id, entry);
    entry.reading ??= this.#load(id, entry).finally(() => {
      entry.reading = null;
    });
    return entry.reading;
  }

  async #load(id: string, entry: Entry): Promise<void> {
    if (entry.underWay > 0) await new Promise<void>((resolve) => entry.onSettled.push(resolve));
    const [row] = await this.#store.getGates([id]);
    const known = row ? await this.#knownOf(row) : { row: null, queue: [], isWhole: true };
    Object.assign(entry, known, { isVoid: false });
  }

  /** Read after the row: what changes in between changes the stamp, too. */
  async #knownOf(row: GateRow): Promise<KnownGate> {
    const waits = (JSON.parse(row.state) as { waiting?: number }).waiting ?? 0;
    const queue: ParkedRun[] =
      waits > 0 ? await this.#store.listParked({ gate: row.id, limit: MAX_KNOWN }) : [];
    return { row, queue, isWhole: queue.length < MAX_KNOWN };
  }

  /** A plan is about to be written: from now on it is what is known. */
  begin({ known }: GateChanges): void {
    for (const [id, gate] of known) {
      const entry = this.#entries.get(id) ?? blankEntry();
      Object.assign(entry, gate);
      entry.underWay++;
      this.#entries.set(id, entry);
    }
  }

  /** The plan is durable, or was refused, or nobody knows. */
  end({ known, guards }: GateChanges, isDurable: boolean): void {
    for (const id of known.keys()) {
      const entry = this.#entries.get(id);
      if (!entry) continue;
      entry.underWay--;
      if (!isDurable) entry.isVoid = true;
      if (entry.underWay === 0) for (const settled of entry.onSettled.splice(0)) settled();
    }
    if (isDurable) return;
    for (const guard of guards) if (guard.kind === "gate") this.#void(guard.id);
  }

  /** A gate as somebody has just read it: what is known of it may be older. */
  see({ id, stamp }: GateRow): void {
    const entry = this.#entries.get(id);
    if (entry && entry.underWay === 0 && entry.row?.stamp !== stamp) entry.isVoid = true;
  }

  #void(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.isVoid = true;
  }

  #forgetOldest(): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= MAX_GATES) return;
      if (entry.underWay === 0 && !entry.reading) this.#entries.delete(id);
    }
  }
}

function blankEntry(): Entry {
  const known = { row: null, queue: [], isWhole: true };
  return { ...known, underWay: 0, isVoid: true, reading: null, onSettled: [] };
}
