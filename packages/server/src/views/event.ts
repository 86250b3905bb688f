import type { EventPayload } from "@stepfast/protocol";
import type { EventRow } from "@stepfast/store";
import { isoTime } from "./envelope.ts";

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
export function eventViewV1(row: EventRow): object {
  return {
    internal_id: row.id,
    account_id: ONLY_TENANT,
    environment_id: ONLY_TENANT,
    source: row.runId === null ? "api" : "run",
    source_id: row.runId,
    received_at: isoTime(row.receivedAt),
    ...eventPayloadView(row),
  };
}
