import type { IncomingEvent, Json } from "@stepfast/protocol";
import type { EventFilter, EventRow } from "@stepfast/store";
import { z } from "zod";
import { type Rows, v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { flag, instant, paging, text } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { event, incomingEvent, signal } from "../../schemas/event.ts";
import { runRef } from "../../schemas/values.ts";
import { scan } from "../../search/scan.ts";
import { eventMatcher } from "../../search/search.ts";
import { pageOf } from "../../views/envelope.ts";
import { eventView } from "../../views/event.ts";
import { holdView } from "../../views/limit.ts";
import { findEvent } from "../lookup.ts";
import { MAX_PAGE } from "../run-filter.ts";

const query = z.object({
  name: text("Only events of this name."),
  from: instant("Received later than that."),
  until: instant("Received earlier than that."),
  includeSystem: flag("With those that the engine emits. Default `false`."),
  search: text("CEL over `event`; see docs/expressions.md."),
  ...paging(MAX_PAGE),
});

type EventQuery = z.output<typeof query>;

function eventFilter({ name, from, until, includeSystem }: EventQuery): EventFilter {
  const filter: EventFilter = { excludeSystem: includeSystem !== true };
  if (name !== undefined) filter.name = name;
  if (from !== undefined) filter.receivedAfter = from;
  if (until !== undefined) filter.receivedBefore = until;
  return filter;
}

async function listEvents(given: EventQuery, { store }: ServerDeps): Promise<Rows<EventRow>> {
  const { search, cursor, limit } = given;
  const filter = eventFilter(given);
  const fetch = (from: string | undefined, count: number) =>
    store.listEvents(
      from === undefined ? { ...filter, limit: count } : { ...filter, limit: count, cursor: from },
    );
  if (search === undefined) return pageOf(await fetch(cursor, limit + 1), limit);
  const isMeant = eventMatcher(search);
  const pick = async (rows: EventRow[]) => rows.filter(isMeant);
  return await scan({ fetch, pick, bytesOf: (row) => row.data.length, cursor, limit });
}

/** Events and signals of the v2 API (SERVER §4.4). */
export const eventEndpoints: Endpoint[] = [
  endpoint({
    id: "listEvents",
    method: "GET",
    path: "/v2/events",
    summary: "Events, the newest first",
    scope: "read",
    query,
    answer: v2Page(event),
    errors: ["invalid_expression"],
    async handle({ query }, deps) {
      const { rows, page } = await listEvents(query, deps);
      return { rows: rows.map(eventView), page };
    },
  }),
  endpoint({
    id: "sendEvent",
    method: "POST",
    path: "/v2/events",
    summary: "Sends one event. The answer comes when it, and the runs it starts, are on disk",
    scope: "send",
    body: incomingEvent,
    isBodyCheckedByHandler: true,
    answer: v2(z.object({ eventId: z.string() })),
    errors: ["invalid_event", "reserved_event_name", "event_too_large"],
    async handle({ body }, { engine }) {
      const { ids } = await engine.send([body as IncomingEvent]);
      return { eventId: ids[0] ?? "" };
    },
  }),
  endpoint({
    id: "getEvent",
    method: "GET",
    path: "/v2/events/:event",
    summary: "One event",
    scope: "read",
    answer: v2(event),
    errors: ["event_not_found"],
    async handle({ params }, { engine, store }) {
      const found = await findEvent(store, params.event);
      const holds = await engine.diagnosis.holdsOf(found);
      return { ...eventView(found), holds: holds.map(holdView) };
    },
  }),
  endpoint({
    id: "sendSignal",
    method: "POST",
    path: "/v2/signals",
    summary: "Resolves the step that waits for a signal",
    scope: "write",
    body: signal,
    answer: v2(runRef),
    errors: ["signal_not_found"],
    handle: ({ body }, { engine }) =>
      engine.sendSignal({ signal: body.signal, data: (body.data ?? null) as Json }),
  }),
];
