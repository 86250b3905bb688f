import { isPacked, type LargeText } from "../large-text.ts";
import type { RequestValue } from "../message.ts";
import type { WriterState } from "./state.ts";

/** What the deletion of a part costs, in rows: it has hundreds of pages. */
const ROWS_OF_PART = 50;

const forget = "DELETE FROM large_values WHERE home = ? AND place = ?";
const forgetAll = "DELETE FROM large_values WHERE home = ?";
const forgetAllMessages =
  "DELETE FROM large_values WHERE home = ? AND place >= 'message:' AND place < 'message;'";
const insert = "INSERT INTO large_values (home, place, part, value) VALUES (?, ?, ?, ?)";

/** Leaves the reference in the values; what it stands for is returned. */
export function takeLarge(values: RequestValue[], at: number): LargeText | undefined {
  const value = values[at];
  if (!isPacked(value)) return undefined;
  values[at] = value.reference;
  return value;
}

/** In the place of what was there. */
export function putLarge(
  state: WriterState,
  { home, place }: { home: string; place: string },
  text: LargeText | undefined,
): void {
  if (text === undefined) return;
  state.write(forget, home, place);
  for (const [part, bytes] of text.parts.entries()) state.write(insert, home, place, part, bytes);
}

export function forgetLarge(state: WriterState, { home, place }: { home: string; place: string }): void {
  state.write(forget, home, place);
}

/** Those of all messages to a run. */
export function forgetMessages(state: WriterState, home: string): void {
  state.write(forgetAllMessages, home);
}

/** Of a run or an event that is deleted. Returns what it cost, in rows. */
export function endLarge(state: WriterState, home: string): number {
  return ROWS_OF_PART * state.write(forgetAll, home);
}
