import type { Op } from "@stepfast/protocol";

/** Ops that ask for nothing now: they go in front of the next ops (PROTOCOL §5.5), inline also before the next body. */
export class LazyOps {
  #ops: Op[] = [];

  get isEmpty(): boolean {
    return this.#ops.length === 0;
  }

  add(op: Op): void {
    this.#ops.push(op);
  }

  /** Forgets an op that has not been sent. Returns whether it was here. */
  remove(id: string): boolean {
    const before = this.#ops.length;
    this.#ops = this.#ops.filter((op) => op.id !== id);
    return this.#ops.length < before;
  }

  take(): Op[] {
    const ops = this.#ops;
    this.#ops = [];
    return ops;
  }
}
