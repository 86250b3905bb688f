import { getRow, getRows, type SqlRow, type SqlValue } from "../driver.ts";
import type { Reply } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import { endLarge } from "./large-values.ts";
import { pruneTree } from "./prune-tree.ts";
import type { WriterState } from "./state.ts";

/** What is asked for, and the place of the portion before. */
interface Portion {
  endedBefore: Map<string, number>;
  eventsBefore: number | null;
  limit: number;
  /** How far the table was read. */
  at: number;
  /** How many of the last rows came too late to be due. */
  late: number;
}

interface Pruned {
  runs: number;
  events: number;
  cursor: string | null;
}

/** Rows that a portion deletes, about: with more, a commit beside it would wait for long. */
const MAX_ROWS = 500;
/** So many rows that came too late, one after the other: what came after them came later still. */
const MAX_LATE = 10_000;

const stages: Record<string, (state: WriterState, portion: Portion) => Pruned> = {
  runs: pruneRuns,
  events: pruneEvents,
  keys: pruneKeys,
};

/** One portion: runs first, then events, then keys. */
export function prune(state: WriterState, from: Cursor): Reply {
  const limit = Math.max(1, from.number());
  const [stage = "", at, late] = from.text().split(":");
  const eventsBefore = from.next() as number | null;
  const endedBefore = new Map<string, number>();
  for (let count = from.number(); count > 0; count--) endedBefore.set(from.text(), from.number());
  const portion = { endedBefore, eventsBefore, limit, at: Number(at ?? 0), late: Number(late ?? 0) };
  const { runs, events, cursor } = (stages[stage] ?? pruneRuns)(state, portion);
  return { value: [[runs, events, cursor]] };
}

const selectRuns = `SELECT rid, id, status, ended_at, parent_run_id, queued_at FROM runs
  WHERE rid > ? ORDER BY rid LIMIT ?`;
const newestRun = "SELECT queued_at FROM runs ORDER BY rid DESC LIMIT 1";

function pruneRuns(state: WriterState, portion: Portion): Pruned {
  const { endedBefore, limit } = portion;
  const latest = Math.max(...endedBefore.values());
  const rows = endedBefore.size === 0 ? [] : getRows(state.sql(selectRuns), portion.at, limit);
  let runs = 0;
  let budget = MAX_ROWS;
  const gone = new Set<number>();
  let { at, late } = portion;
  for (const row of rows) {
    const [rid, id, status, endedAt, parent, queuedAt] = row;
    if (gone.has(Number(rid))) continue;
    late = Number(queuedAt) < latest ? 0 : late + 1;
    if (isDue(endedBefore, status, endedAt) && isRoot(state, parent)) {
      const tree = pruneTree(state, { rid: Number(rid), id: String(id) }, budget, (its, ended) =>
        isDue(endedBefore, its, ended),
      );
      for (const member of tree.gone) gone.add(member);
      runs += tree.gone.length;
      budget -= tree.rows;
      if (!tree.isWhole) return { runs, events: 0, cursor: place("runs", at, 0) };
    }
    at = Number(rid);
    if (budget <= 0) return { runs, events: 0, cursor: place("runs", at, late) };
  }
  const isOver = rows.length < limit || isPast(state, late, newestRun, rows.at(-1));
  return { runs, events: 0, cursor: isOver ? place("events", 0, 0) : place("runs", at, late) };
}

function place(stage: string, at: number, late: number): string {
  return `${stage}:${at}:${late}`;
}

function isDue(
  endedBefore: Map<string, number>,
  status: SqlValue | undefined,
  endedAt: SqlValue | undefined,
) {
  const before = endedBefore.get(String(status));
  return before !== undefined && typeof endedAt === "number" && endedAt < before;
}

function isRoot(state: WriterState, parent: SqlValue | undefined): boolean {
  if (typeof parent !== "string") return true;
  return getRow(state.sql("SELECT 1 FROM runs WHERE id = ?"), parent) === undefined;
}

/**
 * Whether nothing that is due can follow: rows are in order of arrival. Unless a clock was wrong: then the newest row has
 * an earlier time than this one.
 */
function isPast(state: WriterState, late: number, newest: string, last: SqlRow | undefined): boolean {
  if (late < MAX_LATE) return false;
  return Number(getRow(state.sql(newest))?.[0] ?? 0) >= Number(last?.at(-1) ?? 0);
}

const selectEvents = "SELECT rowid, id, received_at FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?";
const newestEvent = "SELECT received_at FROM events ORDER BY rowid DESC LIMIT 1";

function pruneEvents(state: WriterState, portion: Portion): Pruned {
  const { eventsBefore, limit } = portion;
  if (eventsBefore === null) return { runs: 0, events: 0, cursor: null };
  const count = Math.min(limit, MAX_ROWS);
  const rows = getRows(state.sql(selectEvents), portion.at, count);
  let events = 0;
  let { at, late } = portion;
  let budget = MAX_ROWS;
  for (const [rowid = null, id = null, receivedAt] of rows) {
    if (budget <= 0) return { runs: 0, events, cursor: place("events", at, late) };
    at = Number(rowid);
    late = Number(receivedAt) < eventsBefore ? 0 : late + 1;
    if (late > 0 || isUsed(state, id)) continue;
    events += state.write("DELETE FROM events WHERE rowid = ?", rowid);
    budget -= endLarge(state, String(id));
  }
  const isOver = rows.length < count || isPast(state, late, newestEvent, rows.at(-1));
  return { runs: 0, events, cursor: isOver ? place("keys", 0, 0) : place("events", at, late) };
}

function isUsed(state: WriterState, eventId: SqlValue): boolean {
  const alone = state.sql("SELECT 1 FROM runs WHERE event_id = ? LIMIT 1");
  if (getRow(alone, eventId) !== undefined) return true;
  return getRow(state.sql("SELECT 1 FROM batch_events WHERE event_id = ? LIMIT 1"), eventId) !== undefined;
}

const forgetKeys = `DELETE FROM keys WHERE (scope, key) IN
  (SELECT scope, key FROM keys WHERE expires_at <= ? LIMIT ?)`;

function pruneKeys(state: WriterState, { eventsBefore }: Portion): Pruned {
  const count = state.write(forgetKeys, eventsBefore, MAX_ROWS);
  return { runs: 0, events: 0, cursor: count < MAX_ROWS ? null : place("keys", 0, 0) };
}
