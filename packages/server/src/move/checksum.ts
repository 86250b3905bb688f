import { createHash } from "node:crypto";
import { orderedTables, type StoredRows, type StoredTable } from "@stepfast/store";

const LIMIT = 2n ** 64n;

/**
 * What a table holds, in one number: the sum of its rows' hashes, so that the order in which they are read is all the
 * same; but of tables whose order counts, a row's place is part of its hash.
 */
export class Checksum<T extends StoredTable> {
  rows = 0;
  readonly #isOrdered: boolean;
  #sum = 0n;

  constructor(table: T) {
    this.#isOrdered = orderedTables.has(table);
  }

  add(rows: readonly StoredRows[T][]): void {
    for (const row of rows) {
      const columns = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
      const place = this.#isOrdered ? this.rows : 0;
      const hash = createHash("sha256")
        .update(JSON.stringify([place, columns]))
        .digest();
      this.#sum = (this.#sum + hash.readBigUInt64BE()) % LIMIT;
      this.rows += 1;
    }
  }

  equals(other: Checksum<T>): boolean {
    return this.rows === other.rows && this.#sum === other.#sum;
  }
}
