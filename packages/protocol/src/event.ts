import type { JsonObject } from "./json.ts";

/** Sessions and other data about an event that is not its payload. */
export interface EventMeta {
  sessions?: Record<string, string | number | null>;
  propagated_sessions?: Record<string, string | number | null>;
}

/** An event as a sender writes it (`POST /e/:key`, `client.send`). */
export interface IncomingEvent {
  name: string;
  data?: JsonObject;
  user?: JsonObject;
  /** De-duplication id: a second event with the same id within 24 h is not a new event. */
  id?: string;
  /** Milliseconds since the epoch. In the future: runs start then. */
  ts?: number;
  v?: string;
  meta?: EventMeta;
}

/** An event as functions see it: complete. */
export interface EventPayload {
  name: string;
  data: JsonObject;
  user: JsonObject;
  id: string;
  ts: number;
  v?: string;
  meta?: EventMeta;
}

/** Events the engine itself emits. Users may trigger on them and can never send them. */
export const systemEvents = {
  functionFinished: "inngest/function.finished",
  functionFailed: "inngest/function.failed",
  functionCancelled: "inngest/function.cancelled",
  functionInvoked: "inngest/function.invoked",
  deferredSchedule: "inngest/deferred.schedule",
  scheduledTimer: "inngest/scheduled.timer",
  httpRequest: "inngest/http.request",
} as const;

export const SYSTEM_EVENT_PREFIX = "inngest/";
