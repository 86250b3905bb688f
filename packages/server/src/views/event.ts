import type { EventPayload } from "@stepfast/protocol";
import type { EventRow } from "@stepfast/store";
import type { z } from "zod";
import type { event, eventV1 } from "../schemas/event.ts";
import { isoText, parsed } from "./envelope.ts";

/** The one account and environment there is, where a client of the API wants to see one. */
export const ONLY_TENANT = "00000000-0000-4000-8000-000000000000";

/** An event as functions see it (PROTOCOL §3). */
export function eventPayloadView(row: EventRow): EventPayload {
  const payload: EventPayload = {
    name: row.name,
    data: JSON.parse(row.data),
    user: row.user === null ? {} : JSON.parse(row.user),
    id: row.key ?? row.id,
    ts: row.ts,
  };
  if (row.v !== null) payload.v = row.v;
  if (row.meta !== null) payload.meta = JSON.parse(row.meta);
  return payload;
}

/** An event of the v1 API (SERVER §4.2). `internal_id` is what the other routes take. */
export function eventViewV1(row: EventRow): z.input<typeof eventV1> {
  return {
    internal_id: row.id,
    account_id: ONLY_TENANT,
    environment_id: ONLY_TENANT,
    source: row.runId === null ? "api" : "run",
    source_id: row.runId,
    received_at: isoText(row.receivedAt),
    ...(eventPayloadView(row) as Omit<EventPayload, "meta"> & { meta?: Record<string, unknown> }),
  };
}

type Sessions = Record<string, unknown>;

/** The sessions an event belongs to: handed on from its run, and its own. */
export function sessionsOf(row: Pick<EventRow, "meta">): Sessions {
  if (row.meta === null) return {};
  const meta: { sessions?: Sessions; propagated_sessions?: Sessions } = JSON.parse(row.meta);
  const all = Object.entries({ ...meta.propagated_sessions, ...meta.sessions });
  return Object.fromEntries(all.filter(([, id]) => id !== null));
}

/** An event of the v2 API. */
export function eventView(row: EventRow): z.input<typeof event> {
  return {
    id: row.id,
    key: row.key,
    name: row.name,
    data: JSON.parse(row.data),
    user: parsed(row.user) as Record<string, unknown> | null,
    v: row.v,
    ts: row.ts,
    sessions: sessionsOf(row),
    receivedAt: isoText(row.receivedAt),
    runId: row.runId,
  };
}
