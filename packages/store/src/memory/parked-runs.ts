interface Place {
  rank: number;
  id: string;
}

function isBefore(a: Place, b: Place): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
}

/** Runs by the gate they wait at, each gate's in order of (rank, id). */
export class ParkedRuns {
  readonly #gates = new Map<string, Queue>();

  add(gate: string, { rank, id }: Place): void {
    const queue = this.#gates.get(gate);
    if (queue) queue.add({ rank, id });
    else this.#gates.set(gate, new Queue({ rank, id }));
  }

  delete(gate: string, place: Place): void {
    const queue = this.#gates.get(gate);
    if (!queue) return;
    queue.delete(place);
    if (queue.isEmpty) this.#gates.delete(gate);
  }

  list(gate: string, after: Place | undefined, limit: number): string[] {
    return this.#gates.get(gate)?.list(after, limit) ?? [];
  }
}

/** A sorted list whose first entries go first: what was taken from its front is cut off now and then. */
class Queue {
  #places: Place[];
  #head = 0;

  constructor(first: Place) {
    this.#places = [first];
  }

  get isEmpty(): boolean {
    return this.#head === this.#places.length;
  }

  add(place: Place): void {
    const last = this.#places.at(-1);
    if (last === undefined || this.isEmpty || isBefore(last, place)) this.#places.push(place);
    else this.#places.splice(this.#find(place), 0, place);
  }

  delete(place: Place): void {
    const index = this.#find(place);
    if (this.#places[index]?.id !== place.id) return;
    if (index !== this.#head) {
      this.#places.splice(index, 1);
      return;
    }
    this.#head++;
    if (this.#head < 1_024 || this.#head * 2 < this.#places.length) return;
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }

  list(after: Place | undefined, limit: number): string[] {
    let start = after === undefined ? this.#head : this.#find(after);
    const first = this.#places[start];
    if (first !== undefined && first.id === after?.id && first.rank === after.rank) start++;
    return this.#places.slice(start, start + limit).map(({ id }) => id);
  }

  /** Index of the first place that is not before this one. */
  #find(place: Place): number {
    let low = this.#head;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#places[middle];
      if (there !== undefined && isBefore(there, place)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
