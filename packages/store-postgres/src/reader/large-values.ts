import { referredLength } from "@stepfast/store";
import { columns } from "../columns.ts";
import type { Answer, Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";
import { rowStatements } from "../writer/row-statements.ts";

type Place = { home: string; place: string };

const placeColumns = columns<Place>({ home: "text", place: "text" });

/** Characters that are asked for at a time. */
const LENGTH_AT_ONCE = 64 * 1024 * 1024;

function nameOf({ home, place }: Place): string {
  return `${place} ${home}`;
}

/** Finds the texts that rows refer to. They do not change: it does not matter that they are read after their rows. */
export class LargeValues {
  readonly #layout: Layout;
  readonly #ask: (statements: Statement[]) => Promise<Answer[]>;

  constructor(layout: Layout, ask: (statements: Statement[]) => Promise<Answer[]>) {
    this.#layout = layout;
    this.#ask = ask;
  }

  /**
   * The rows with their texts in the place of references. A row whose text is not there any more went with it, a moment
   * ago: it is left out.
   */
  async whole<Column extends string, Row extends { [C in Column]: string | null }>(
    rows: Row[],
    column: Column,
    placeOf: (row: Row) => Place,
  ): Promise<Row[]> {
    const wanted = rows.flatMap((row) => {
      const length = referredLength(row[column]);
      return length === undefined ? [] : [{ ...placeOf(row), length }];
    });
    if (wanted.length === 0) return rows;
    const found = await this.#find(wanted);
    return rows.flatMap((row) => {
      if (referredLength(row[column]) === undefined) return [row];
      const text = found.get(nameOf(placeOf(row)));
      return text === undefined ? [] : [{ ...row, [column]: text }];
    });
  }

  async #find(wanted: (Place & { length: number })[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const group of groupsOf(wanted)) {
      for (const [name, parts] of await this.#read(group)) found.set(name, parts.join(""));
    }
    return found;
  }

  async #read(places: (Place & { length: number })[]): Promise<Map<string, string[]>> {
    const [first, ...others] = rowStatements(
      this.#layout,
      placeColumns,
      places,
      ({
        from,
        value,
      }) => `SELECT v.home, v.place, v.value FROM ${this.#layout.schema}.large_values v ${from(",")}
        WHERE v.home = ${value("home")} AND v.place = ${value("place")} ORDER BY v.home, v.place, v.part`,
    );
    const parts = new Map<string, string[]>();
    if (first === undefined) return parts;
    const bytes = places.reduce((sum, { length }) => sum + length, 0);
    for (const { rows } of await this.#ask([{ ...first, bytes }, ...others])) {
      for (const [home, place, value] of rows) {
        const name = nameOf({ home: String(home), place: String(place) });
        const known = parts.get(name) ?? [];
        parts.set(name, known);
        known.push(String(value));
      }
    }
    return parts;
  }
}

function groupsOf<Item extends { length: number }>(items: Item[]): Item[][] {
  const groups: Item[][] = [];
  let room = 0;
  for (const item of items) {
    if (groups.length === 0 || item.length > room) {
      groups.push([]);
      room = LENGTH_AT_ONCE;
    }
    groups.at(-1)?.push(item);
    room -= item.length;
  }
  return groups;
}
