import type { Dispatch } from "./dispatch.ts";
import type { WorkerLink } from "./worker-link.ts";

/** Calls that wait for a worker with room, in the order in which they came. */
export class CallQueue {
  /** By function. */
  readonly #lines = new Map<string, Set<Dispatch>>();
  readonly #numbers = new WeakMap<Dispatch, number>();
  #count = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(dispatch: Dispatch): void {
    const { functionId } = dispatch.call;
    const line = this.#lines.get(functionId) ?? new Set();
    this.#lines.set(functionId, line.add(dispatch));
    this.#numbers.set(dispatch, this.#count++);
    this.#size++;
  }

  /** The oldest call that the worker can take. */
  takeFor(link: WorkerLink): Dispatch | undefined {
    let oldest: Dispatch | undefined;
    for (const line of this.#linesOf(link)) {
      const [first] = line;
      if (first && (!oldest || this.#numberOf(first) < this.#numberOf(oldest))) oldest = first;
    }
    if (oldest) this.#remove(oldest);
    return oldest;
  }

  /** All calls that the worker could take. */
  takeAllFor(link: WorkerLink): Dispatch[] {
    return this.#take([...this.#linesOf(link)].flatMap((line) => [...line]));
  }

  takeAll(): Dispatch[] {
    return this.#take([...this.#lines.values()].flatMap((line) => [...line]));
  }

  takeExpired(now: number): Dispatch[] {
    return this.#take(this.all().filter((dispatch) => dispatch.expiresAt <= now));
  }

  all(): Dispatch[] {
    return [...this.#lines.values()].flatMap((line) => [...line]);
  }

  *#linesOf(link: WorkerLink): Generator<Set<Dispatch>> {
    if (this.#size === 0) return;
    for (const slugs of link.facts.apps.values()) {
      for (const slug of slugs) {
        const line = this.#lines.get(slug);
        if (line) yield line;
      }
    }
  }

  #take(dispatches: Dispatch[]): Dispatch[] {
    dispatches.sort((a, b) => this.#numberOf(a) - this.#numberOf(b));
    for (const dispatch of dispatches) this.#remove(dispatch);
    return dispatches;
  }

  #numberOf(dispatch: Dispatch): number {
    return this.#numbers.get(dispatch) ?? 0;
  }

  #remove(dispatch: Dispatch): void {
    const { functionId } = dispatch.call;
    const line = this.#lines.get(functionId);
    if (!line?.delete(dispatch)) return;
    this.#size--;
    if (line.size === 0) this.#lines.delete(functionId);
  }
}
