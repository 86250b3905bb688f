import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";

export type Deed = "charge" | "reserve" | "ship" | "recall" | "release" | "refund";

interface Entry {
  order: string;
  deed: Deed;
  key: string;
}

/** The world outside: services that do what they are asked once for each idempotency key, and remember it when we die. */
export class Ledger {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  do(order: string, deed: Deed, key: string): void {
    appendFileSync(this.#file, `${JSON.stringify({ order, deed, key } satisfies Entry)}\n`);
  }

  /** How often a deed was done to an order: asking again with the same key does nothing. */
  count(order: string, deed: Deed): number {
    const keys = this.#entries().filter((entry) => entry.order === order && entry.deed === deed);
    return new Set(keys.map(({ key }) => key)).size;
  }

  #entries(): Entry[] {
    if (!existsSync(this.#file)) return [];
    return readFileSync(this.#file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Entry);
  }

  /** True the first time it is asked for this mark, in whatever life of the process. */
  first(mark: string): boolean {
    const file = `${this.#file}.${mark.replaceAll(/[^a-z0-9]+/gi, "-")}`;
    if (existsSync(file)) return false;
    writeFileSync(file, "");
    return true;
  }
}
