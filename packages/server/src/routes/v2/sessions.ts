import type { RunRow } from "@stepfast/store";
import { z } from "zod";
import { type Rows, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { instant, paging, text } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { run } from "../../schemas/run.ts";
import { session, sessionKey } from "../../schemas/session.ts";
import { recentLimits, type TimeSpan } from "../../search/recent.ts";
import { runsOfSession, sessionKeys, sessionsOfKey } from "../../search/sessions.ts";
import { runViewV2 } from "../../views/run.ts";
import { eventsOf } from "../lookup.ts";
import { MAX_PAGE } from "../run-filter.ts";

const WEEK_MS = 7 * 86_400_000;
const limit = recentLimits.rows.toLocaleString("en-US");

const query = z.object({
  from: instant("Runs queued from then on. Default: seven days ago."),
  until: instant("Runs queued before that. Default: now."),
  search: text("Only what contains this text."),
  ...paging(MAX_PAGE),
});

/** The span asked for, or the last seven days. */
export function spanOf(
  given: { from?: number | undefined; until?: number | undefined },
  nowMs: number,
): TimeSpan {
  const until = given.until ?? nowMs + 1;
  return { from: given.from ?? until - WEEK_MS, until };
}

/** A page of a list that is made anew for each: the cursor is a place in it. */
export function cut<Row>(rows: Row[], given: { limit: number; cursor?: string | undefined }): Rows<Row> {
  const start = /^\d{1,9}$/.test(given.cursor ?? "") ? Number(given.cursor) : 0;
  const end = start + given.limit;
  const hasMore = rows.length > end;
  const cursor = hasMore ? String(end) : null;
  return { rows: rows.slice(start, end), page: { cursor, hasMore, limit: given.limit } };
}

async function runViews(rows: RunRow[], { store, engine }: ServerDeps) {
  const events = await eventsOf(store, rows);
  const names = new Map(engine.functions().map((fn) => [fn.slug, fn.config.name]));
  return rows.map((row) =>
    runViewV2(row, {
      functionName: names.get(row.functionId) ?? row.functionId,
      event: events.get(row.eventId),
      includeOutput: false,
    }),
  );
}

/** Sessions (SERVER §4.4): runs by the `meta.sessions` of the events that started them. */
export const sessionEndpoints: Endpoint[] = [
  endpoint({
    id: "listSessionKeys",
    method: "GET",
    path: "/v2/sessions",
    summary: `Keys of sessions, from the newest ${limit} runs of the time span`,
    scope: "read",
    query,
    answer: v2Page(sessionKey),
    async handle({ query }, { store, clock }) {
      const span = spanOf(query, clock.now());
      return cut(await sessionKeys(store, span, query.search ?? ""), query);
    },
  }),
  endpoint({
    id: "listSessions",
    method: "GET",
    path: "/v2/sessions/:key",
    summary: `The sessions of a key, the last active first, from the newest ${limit} runs of the time span`,
    scope: "read",
    query,
    answer: v2Page(session),
    async handle({ params, query }, { store, clock }) {
      const wanted = { key: params.key, search: query.search ?? "" };
      return cut(await sessionsOfKey(store, spanOf(query, clock.now()), wanted), query);
    },
  }),
  endpoint({
    id: "listRunsOfSession",
    method: "GET",
    path: "/v2/sessions/:key/:session/runs",
    summary: `The runs of a session, the newest first, from the newest ${limit} runs of the time span`,
    scope: "read",
    query,
    answer: v2Page(run),
    async handle({ params, query }, deps) {
      const wanted = { key: params.key, id: params.session };
      const all = await runsOfSession(deps.store, spanOf(query, deps.clock.now()), wanted);
      const { rows, page } = cut(all, query);
      return { rows: await runViews(rows, deps), page };
    },
  }),
];
