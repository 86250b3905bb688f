import { type IncomingEvent, StepfastError } from "@stepfast/protocol";
import type { EventPayload, EventSessions } from "../types/event.ts";

const FIELDS = ["id", "ts", "v", "user", "meta"] as const;

/** Validates payloads made by `eventType().create`. Rejects with `invalid_event`. */
export async function validateCreated(payloads: readonly EventPayload[]): Promise<void> {
  for (const payload of payloads) {
    const { validate } = payload as { validate?: unknown };
    if (typeof validate === "function") await validate.call(payload);
  }
}

/** An event ready to be sent: known fields only, with `data` and `ts`. Throws `invalid_event`. */
export function outgoingEvent(payload: EventPayload, sessions?: EventSessions): IncomingEvent {
  if (
    typeof payload !== "object" ||
    payload === null ||
    typeof payload.name !== "string" ||
    payload.name === ""
  ) {
    throw new StepfastError(
      "invalid_event",
      'An event needs a name: send({ name: "shop/order.placed", data: { … } })',
    );
  }
  const event: Record<string, unknown> = { name: payload.name, data: payload.data ?? {} };
  for (const field of FIELDS) {
    if (payload[field] !== undefined && payload[field] !== null) event[field] = payload[field];
  }
  event.ts ??= Date.now();
  if (sessions)
    event.meta = {
      ...payload.meta,
      propagated_sessions: { ...sessions, ...payload.meta?.propagated_sessions },
    };
  return event as unknown as IncomingEvent;
}
