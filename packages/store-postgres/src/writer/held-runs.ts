/** What a store knows of a run that one of its sessions holds. It may be out of date. */
export interface HeldRun {
  owner: string;
  epoch: number;
  wakeAt: number | null;
  /** Of the last step; Infinity: not known. */
  lastNo: number;
}

const MAX_HELD = 50_000;

/** The runs whose next write can be foretold: nobody else writes to them as a rule. */
export class HeldRuns {
  readonly #held = new Map<string, HeldRun>();

  get(id: string): HeldRun | undefined {
    return this.#held.get(id);
  }

  set(id: string, held: HeldRun): void {
    this.#held.set(id, held);
    if (this.#held.size <= MAX_HELD) return;
    for (const oldest of this.#held.keys()) {
      this.#held.delete(oldest);
      return;
    }
  }

  delete(id: string): void {
    this.#held.delete(id);
  }
}
