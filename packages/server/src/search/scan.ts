import { setImmediate } from "node:timers/promises";
import type { Page } from "../views/envelope.ts";

export interface ScanOptions<Row> {
  /** The next rows after the cursor, at most `limit`. */
  fetch(cursor: string | undefined, limit: number): Promise<Row[]>;
  /** Those of the rows that are looked for, in their order. */
  pick(rows: Row[]): Promise<Row[]>;
  /** Roughly how much of it has to be looked through. */
  bytesOf(row: Row): number;
  cursor: string | undefined;
  limit: number;
}

/** What one request looks through at most; a client goes on from the cursor. */
export const scanLimits = { rows: 5_000, bytes: 32 * 1024 * 1024, perFetch: 200 } as const;

/**
 * Rows that are looked for, found by looking at all of them. A page may have fewer rows than it has room for, and still
 * `hasMore`: the rest was not looked at yet. Between two fetches others get their turn.
 */
export async function scan<Row extends { id: string }>(
  options: ScanOptions<Row>,
): Promise<{ rows: Row[]; page: Page }> {
  const { limit } = options;
  const found: Row[] = [];
  let cursor = options.cursor;
  let isAtEnd = false;
  for (let rows = 0, bytes = 0; !isAtEnd && rows < scanLimits.rows && bytes < scanLimits.bytes; ) {
    const fetched = await options.fetch(cursor, scanLimits.perFetch);
    isAtEnd = fetched.length < scanLimits.perFetch;
    cursor = fetched.at(-1)?.id ?? cursor;
    rows += fetched.length;
    for (const row of fetched) bytes += options.bytesOf(row);
    found.push(...(await options.pick(fetched)));
    if (found.length > limit) return full(found.slice(0, limit), limit);
    await setImmediate();
  }
  const next = isAtEnd ? null : (cursor ?? null);
  return { rows: found, page: { cursor: next, hasMore: next !== null, limit } };
}

function full<Row extends { id: string }>(rows: Row[], limit: number): { rows: Row[]; page: Page } {
  return { rows, page: { cursor: rows.at(-1)?.id ?? null, hasMore: true, limit } };
}
