/** Ids in ascending order. ULIDs arrive nearly sorted, so adding one is an append almost always. */
export class OrderedIds {
  readonly #ids: string[] = [];

  add(id: string): void {
    const last = this.#ids.at(-1);
    if (last === undefined || id > last) this.#ids.push(id);
    else this.#ids.splice(this.#firstNotBefore(id), 0, id);
  }

  delete(id: string): void {
    const index = this.#firstNotBefore(id);
    if (this.#ids[index] === id) this.#ids.splice(index, 1);
  }

  /** In ascending order, beginning after `cursor`. */
  *ascending(cursor?: string): Generator<string> {
    const start = cursor === undefined ? 0 : this.#firstNotBefore(cursor);
    for (let i = start; i < this.#ids.length; i++) {
      const id = this.#ids[i];
      if (id !== undefined && id !== cursor) yield id;
    }
  }

  /** In descending order, beginning before `cursor`. */
  *descending(cursor?: string): Generator<string> {
    const end = cursor === undefined ? this.#ids.length : this.#firstNotBefore(cursor);
    for (let i = end - 1; i >= 0; i--) {
      const id = this.#ids[i];
      if (id !== undefined) yield id;
    }
  }

  #firstNotBefore(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] ?? "") < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
