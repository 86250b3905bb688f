import type { EventPayload, IncomingEvent, Json, JsonObject } from "@stepfast/protocol";
import type { EventRow } from "@stepfast/store";

export interface EventIdentity {
  id: string;
  nowMs: number;
  runId?: string | null;
}

/** The row of an event that comes in or is emitted. */
export function eventRow(event: IncomingEvent, identity: EventIdentity): EventRow {
  return {
    id: identity.id,
    key: event.id ?? null,
    name: event.name,
    data: JSON.stringify(event.data ?? {}),
    user: event.user === undefined ? null : JSON.stringify(event.user),
    v: event.v ?? null,
    meta: event.meta === undefined ? null : JSON.stringify(event.meta),
    ts: event.ts ?? identity.nowMs,
    receivedAt: identity.nowMs,
    runId: identity.runId ?? null,
  };
}

/** An event as functions and expressions see it. */
export function eventPayload(row: EventRow): EventPayload {
  const payload: EventPayload = {
    name: row.name,
    data: JSON.parse(row.data) as JsonObject,
    user: row.user === null ? {} : (JSON.parse(row.user) as JsonObject),
    id: row.key ?? row.id,
    ts: row.ts,
  };
  if (row.v !== null) payload.v = row.v;
  if (row.meta !== null) payload.meta = JSON.parse(row.meta) as NonNullable<EventPayload["meta"]>;
  return payload;
}

/** The same without a round trip through text, for an event that is in memory already. */
export function freshPayload(event: IncomingEvent, row: EventRow): EventPayload {
  const payload: EventPayload = {
    name: event.name,
    data: event.data ?? {},
    user: event.user ?? {},
    id: row.key ?? row.id,
    ts: row.ts,
  };
  if (event.v !== undefined) payload.v = event.v;
  if (event.meta !== undefined) payload.meta = event.meta;
  return payload;
}

/** A payload as plain JSON. */
export function payloadJson(payload: EventPayload): Json {
  return payload as unknown as Json;
}
