import type { EventFilter, RunRow } from "@stepfast/store";
import { z } from "zod";
import { v1 } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { instant, paging, text } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { eventV1 } from "../../schemas/event.ts";
import { runV1 } from "../../schemas/run.ts";
import { eventViewV1 } from "../../views/event.ts";
import { runViewV1 } from "../../views/run.ts";
import { eventsOf, findEvent, functionsById } from "../lookup.ts";

const MAX_PAGE = 100;

const query = z.object({
  ...paging(MAX_PAGE),
  name: text("Only events of this name."),
  received_after: instant("Received later than that."),
  received_before: instant("Received earlier than that."),
});

function eventFilter(given: z.output<typeof query>): EventFilter {
  const { limit, name, cursor, received_after: after, received_before: before } = given;
  const filter: EventFilter = { limit };
  if (name !== undefined) filter.name = name;
  if (cursor !== undefined) filter.cursor = cursor;
  if (after !== undefined) filter.receivedAfter = after;
  if (before !== undefined) filter.receivedBefore = before;
  return filter;
}

export async function runViews(runs: RunRow[], deps: ServerDeps): Promise<z.input<typeof runV1>[]> {
  const [events, functions] = await Promise.all([eventsOf(deps.store, runs), functionsById(deps.store)]);
  return runs.map((run) =>
    runViewV1(run, { fn: functions.get(run.functionId), event: events.get(run.eventId) }),
  );
}

/** Events of the v1 API (SERVER §4.2). */
export const eventEndpointsV1: Endpoint[] = [
  endpoint({
    id: "listEventsV1",
    method: "GET",
    path: "/v1/events",
    summary: "Events, the newest first. `cursor` is the last `internal_id` seen",
    scope: "read",
    query,
    answer: v1(z.array(eventV1)),
    handle: async ({ query }, { store }) => (await store.listEvents(eventFilter(query))).map(eventViewV1),
  }),
  endpoint({
    id: "getEventV1",
    method: "GET",
    path: "/v1/events/:event",
    summary: "One event",
    scope: "read",
    answer: v1(eventV1),
    errors: ["event_not_found"],
    handle: async ({ params }, { store }) => eventViewV1(await findEvent(store, params.event)),
  }),
  endpoint({
    id: "listRunsOfEventV1",
    method: "GET",
    path: "/v1/events/:event/runs",
    summary: "The runs an event started, the first 100",
    scope: "read",
    answer: v1(z.array(runV1)),
    errors: ["event_not_found"],
    async handle({ params }, deps) {
      const { id: eventId } = await findEvent(deps.store, params.event);
      return await runViews(await deps.store.listRuns({ eventId, order: "asc", limit: MAX_PAGE }), deps);
    },
  }),
];
