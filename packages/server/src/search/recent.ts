import { setImmediate } from "node:timers/promises";
import type { EventRow, RunRow, Store } from "@stepfast/store";

/** Rows of a time span, as far as they were looked at: the newest. */
export interface Recent<Row> {
  rows: Row[];
  /** Whether there were no more. */
  isComplete: boolean;
}

export interface TimeSpan {
  from: number;
  until: number;
}

/** What is looked at in answer to one request. */
export const recentLimits = { rows: 10_000, bytes: 64 * 1024 * 1024 } as const;

const PER_FETCH = 400;

async function collect<Row extends { id: string }>(
  fetch: (cursor: string | undefined) => Promise<Row[]>,
  bytesOf: (row: Row) => number,
): Promise<Recent<Row>> {
  const rows: Row[] = [];
  for (let bytes = 0; ; ) {
    const fetched = await fetch(rows.at(-1)?.id);
    for (const row of fetched) {
      bytes += bytesOf(row);
      if (rows.length >= recentLimits.rows || bytes > recentLimits.bytes) return { rows, isComplete: false };
      rows.push(row);
    }
    if (fetched.length < PER_FETCH) return { rows, isComplete: true };
    await setImmediate();
  }
}

/** The newest runs queued in the span. */
export function recentRuns(store: Store, { from, until }: TimeSpan): Promise<Recent<RunRow>> {
  const filter = { from, until, order: "desc", limit: PER_FETCH } as const;
  return collect(
    (cursor) => store.listRuns(cursor === undefined ? filter : { ...filter, cursor }),
    (row) => row.output?.length ?? 0,
  );
}

/** The newest events received in the span; not those the engine emits. */
export function recentEvents(store: Store, { from, until }: TimeSpan): Promise<Recent<EventRow>> {
  const filter = {
    receivedAfter: from - 1,
    receivedBefore: until,
    excludeSystem: true,
    limit: PER_FETCH,
  } as const;
  return collect(
    (cursor) => store.listEvents(cursor === undefined ? filter : { ...filter, cursor }),
    (row) => row.data.length,
  );
}
