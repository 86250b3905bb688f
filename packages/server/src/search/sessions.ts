import type { RunRow, Store } from "@stepfast/store";
import type { z } from "zod";
import { eventsOf } from "../routes/lookup.ts";
import type { session, sessionKey } from "../schemas/session.ts";
import { isoText } from "../views/envelope.ts";
import { sessionsOf } from "../views/event.ts";
import { recentRuns, type TimeSpan } from "./recent.ts";

interface Membership {
  key: string;
  id: string;
  run: RunRow;
}

const PER_LOOK = 400;

/** Which of the recent runs belong to which session: that of the event that started them. Newest first. */
async function memberships(store: Store, span: TimeSpan): Promise<Membership[]> {
  const { rows } = await recentRuns(store, span);
  const found: Membership[] = [];
  for (let at = 0; at < rows.length; at += PER_LOOK) {
    const runs = rows.slice(at, at + PER_LOOK);
    const events = await eventsOf(store, runs);
    for (const run of runs) {
      const event = events.get(run.eventId);
      const sessions = event ? Object.entries(sessionsOf(event)) : [];
      for (const [key, id] of sessions) found.push({ key, id: String(id), run });
    }
  }
  return found;
}

function groups<Row>(rows: Row[], keyOf: (row: Row) => string): [string, Row[]][] {
  const all = new Map<string, Row[]>();
  for (const row of rows) {
    const group = all.get(keyOf(row));
    if (group) group.push(row);
    else all.set(keyOf(row), [row]);
  }
  return [...all];
}

function figures(members: Membership[]) {
  const ended = members.filter(({ run }) => run.endedAt !== null);
  const failed = ended.filter(({ run }) => run.status === "failed");
  return {
    runCount: members.length,
    failedRunCount: failed.length,
    failureRate: ended.length === 0 ? 0 : failed.length / ended.length,
    lastActiveAt: isoText(Math.max(...members.map(({ run }) => run.queuedAt))),
  };
}

/** The keys of sessions that runs of the span belong to. */
export async function sessionKeys(
  store: Store,
  span: TimeSpan,
  search: string,
): Promise<z.input<typeof sessionKey>[]> {
  const all = (await memberships(store, span)).filter(({ key }) => key.includes(search));
  return groups(all, ({ key }) => key).map(([key, members]) => ({
    key,
    sessionCount: new Set(members.map(({ id }) => id)).size,
    ...figures(members),
  }));
}

/** The sessions of a key, the last active one first. */
export async function sessionsOfKey(
  store: Store,
  span: TimeSpan,
  wanted: { key: string; search: string },
): Promise<z.input<typeof session>[]> {
  const all = await memberships(store, span);
  const ofKey = all.filter(({ key, id }) => key === wanted.key && id.includes(wanted.search));
  return groups(ofKey, ({ id }) => id).map(([id, members]) => ({
    id,
    ...figures(members),
    functions: [...new Set(members.map(({ run }) => run.functionId))].sort(),
  }));
}

/** The runs of one session, the newest first. */
export async function runsOfSession(
  store: Store,
  span: TimeSpan,
  wanted: { key: string; id: string },
): Promise<RunRow[]> {
  const all = await memberships(store, span);
  return all.filter(({ key, id }) => key === wanted.key && id === wanted.id).map(({ run }) => run);
}
