import { isLargeValue, LARGE_VALUE_LENGTH, type LargeValueRow, partsOf, referenceTo } from "@stepfast/store";
import { largeValueColumns, toScalars } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";

/** Texts of a batch that are kept beside their rows. */
export class LargeValues {
  readonly #layout: Layout;
  readonly #from: number;
  readonly #texts: { home: string; place: string; text: string }[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#from = layout.largeFrom ?? LARGE_VALUE_LENGTH;
  }

  /** What the row holds: the text, or a reference to it. */
  apart(text: string | null | undefined, home: string, place: string): typeof text {
    if (text === null || text === undefined || !isLargeValue(text, this.#from)) return text;
    this.#texts.push({ home, place, text });
    return referenceTo(text);
  }

  writes(): Statement[] {
    return this.#texts.flatMap(({ home, place, text }) => [
      {
        text: `DELETE FROM ${this.#layout.schema}.large_values WHERE home = $1::text AND place = $2::text`,
        values: [home, place],
      },
      ...Array.from(partsOf(text), (value, part) => this.#insert({ home, place, part, value })),
    ]);
  }

  /** One at a time: neither side needs all of it in one piece. */
  #insert(row: LargeValueRow): Statement {
    const { sql, scalars } = largeValueColumns;
    const text = `INSERT INTO ${this.#layout.schema}.large_values (${sql}) VALUES (${scalars})`;
    return { text, values: toScalars(largeValueColumns, row), bytes: row.value.length };
  }
}
