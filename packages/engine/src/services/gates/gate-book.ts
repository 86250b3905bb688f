import type { GateRow, ParkedRun, Store } from "@stepfast/store";
import { type GateChanges, type GateView, type KnownGate, mostKnown } from "../../domain/flow/gate-board.ts";

const MAX_GATES = 20_000;
/** Of all queues together. */
const MAX_RUNS = 200_000;

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
  /** In all queues. */
  #runs = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  get(id: string): KnownGate | undefined {
    const entry = this.#entries.get(id);
    return entry && !entry.isVoid && !entry.reading ? entry : undefined;
  }

  /** Reads these gates anew, once nothing is being written to them. */
  async read(ids: Iterable<string>): Promise<void> {
    const wanted = new Set(ids);
    const atRest: string[] = [];
    const busy: Promise<void>[] = [];
    for (const id of wanted) {
      const entry = this.#entries.get(id);
      if (entry?.reading) busy.push(entry.reading);
      else if (entry && entry.underWay > 0) busy.push(this.#readAtRest(id, entry));
      else atRest.push(id);
    }
    if (atRest.length > 0) busy.push(this.#reading(atRest, () => this.#load(atRest)));
    await Promise.all(busy);
    this.#forgetOldest(wanted);
  }

  #readAtRest(id: string, entry: Entry): Promise<void> {
    return this.#reading([id], async () => {
      await new Promise<void>((resolve) => entry.onSettled.push(resolve));
      await this.#load([id]);
    });
  }

  /** Until it is read nobody plans with what is known. */
  #reading(ids: string[], read: () => Promise<void>): Promise<void> {
    const entries = ids.map((id) => {
      const entry = this.#entries.get(id) ?? blankEntry();
      this.#entries.set(id, entry);
      return entry;
    });
    const reading = read().finally(() => {
      for (const entry of entries) entry.reading = null;
    });
    for (const entry of entries) entry.reading = reading;
    return reading;
  }

  async #load(ids: string[]): Promise<void> {
    const rows = new Map((await this.#store.getGates(ids)).map((row) => [row.id, row]));
    await Promise.all(
      ids.map(async (id) => {
        const row = rows.get(id);
        const known = row ? await this.#knownOf(row) : { row: null, queue: [], isWhole: true };
        this.#know(id, known);
      }),
    );
  }

  #know(id: string, known: KnownGate): Entry {
    const entry = this.#entries.get(id) ?? blankEntry();
    this.#runs += known.queue.length - entry.queue.length;
    Object.assign(entry, known, { isVoid: false });
    this.#entries.set(id, entry);
    return entry;
  }

  /** Read after the row: what changes in between changes the stamp, too. */
  async #knownOf(row: GateRow): Promise<KnownGate> {
    const waits = (JSON.parse(row.state) as { waiting?: number }).waiting ?? 0;
    const limit = mostKnown(row.id);
    const queue: ParkedRun[] = waits > 0 ? await this.#store.listParked({ gate: row.id, limit }) : [];
    return { row, queue, isWhole: queue.length < limit };
  }

  /** A plan is about to be written: from now on it is what is known. */
  begin({ known }: GateChanges): void {
    for (const [id, gate] of known) this.#know(id, gate).underWay++;
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

  #forgetOldest(except: ReadonlySet<string>): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= MAX_GATES && this.#runs <= MAX_RUNS) return;
      if (entry.underWay > 0 || entry.reading || except.has(id)) continue;
      this.#runs -= entry.queue.length;
      this.#entries.delete(id);
    }
  }
}

function blankEntry(): Entry {
  const known = { row: null, queue: [], isWhole: true };
  return { ...known, underWay: 0, isVoid: true, reading: null, onSettled: [] };
}
