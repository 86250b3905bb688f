import { omittedValue, valueLength } from "@stepfast/protocol";

/*
 * Large texts (results and options of steps, run outputs, event data, messages) are kept in a table of their own, in parts; the row they belong to
 * holds a reference. So scans, updates and deletes of rows never touch them, and no driver needs one of them in one piece.
 * A row and its texts are written in one transaction. JSON never begins with the mark, so a reference is no JSON text.
 */

const MARK = "@";

/** Characters. A text that is longer is kept beside its row. */
export const LARGE_VALUE_LENGTH = 64 * 1024;
/** Characters. In lists, `omittedValue` of the protocol is in the place of a longer text. */
export const LISTED_VALUE_LENGTH = 1024 * 1024;
/** Characters of a part. */
const PART_LENGTH = 1024 * 1024;

/** A part of a text that is kept beside its row. */
export interface LargeValueRow {
  /** Id of the run or of the event. */
  home: string;
  /** What it is of its home: see {@link valuePlaces}. */
  place: string;
  /** From 0. */
  part: number;
  value: string;
}

/** Where a home's texts are. */
export const valuePlaces = {
  /** A run's output. */
  output: "output",
  /** An event's data. */
  data: "data",
  /** A step's output. */
  step: (no: number) => `step:${no}`,
  /** A step's options: what it was given, for one. */
  opts: (no: number) => `opts:${no}`,
  /** A message's payload; its home is the run it is for. */
  message: (id: string) => `message:${id}`,
} as const;

/** `from`: the length beyond which a text counts as large. */
export function isLargeValue(text: string, from: number): boolean {
  return text.length > from || text.startsWith(MARK);
}

/** What the row holds in place of a text. */
export function referenceTo(text: string): string {
  return `${MARK}${text.length}`;
}

/** How long the text is that is kept elsewhere; undefined: it is this one. */
export function referredLength(text: string | null): number | undefined {
  return text?.startsWith(MARK) === true ? Number(text.slice(MARK.length)) : undefined;
}

/** The text, cut where no character is halved. */
export function* partsOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    let end = Math.min(text.length, from + PART_LENGTH);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    yield text.slice(from, end);
    from = end;
  }
}

/** The row as a list shows it. `longest`: a longer text is left out. */
export function asListed<Column extends string, Row extends { [C in Column]: string | null }>(
  row: Row,
  column: Column,
  longest: number = LISTED_VALUE_LENGTH,
): Row {
  const text = row[column];
  const length = referredLength(text) ?? valueLength(text);
  return length > longest ? { ...row, [column]: omittedValue(length) } : row;
}
