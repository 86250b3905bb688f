import { referredLength } from "@stepfast/store";
import { getRows } from "../driver.ts";
import { partText } from "../large-text.ts";
import type { Statements } from "./statements.ts";

const select = "SELECT value FROM large_values WHERE home = ? AND place = ? ORDER BY part";

/** Texts that are kept beside their rows. */
export class LargeValues {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The row's text itself; undefined: it went with its home a moment ago. */
  whole(text: string | null, home: string, place: string): string | null | undefined {
    if (referredLength(text) === undefined) return text;
    const parts = getRows(this.#statements.sql(select), home, place);
    return parts.length === 0 ? undefined : parts.map(([part]) => partText(part)).join("");
  }
}
