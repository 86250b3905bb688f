import type { EventMeta } from "@stepfast/protocol";
import type { Untyped, UntypedData } from "./untyped.ts";

export type { EventMeta } from "@stepfast/protocol";

/** Sessions an event belongs to: name to id. `null` ends one. */
export type EventSessions = NonNullable<EventMeta["sessions"]>;
export type EventSessionValue = EventSessions[string];

/** Sessions that came with an event from the run that sent it. */
export type PropagatedEventSessions = Record<string, PropagatedEventSessionValue>;
export type PropagatedEventSessionValue = Exclude<EventSessionValue, null>;

/** `meta` of an event as a function receives it. */
export interface ReceivedEventMeta {
  sessions?: Record<string, string>;
}

/** An event as it is sent. */
export interface EventPayload<TData = Untyped, TName extends string = string> {
  name: TName;
  data?: TData;
  /** De-duplication id: a second event of this id within 24 hours starts nothing. */
  id?: string;
  /** Milliseconds since the epoch. */
  ts?: number;
  v?: string;
  user?: UntypedData;
  meta?: EventMeta;
}

/** An event as a function receives it. */
export interface ReceivedEvent<TName extends string = string, TData = UntypedData> {
  name: TName;
  data: TData;
  id: string;
  ts: number;
  v?: string;
  user: UntypedData;
  meta?: EventMeta;
}

/** What `send` and `step.sendEvent` take. */
export type SendEventPayload = EventPayload | readonly EventPayload[];

/** Ids of the events sent, in their order. */
export interface SendEventBaseOutput {
  ids: string[];
}

/** What a cron trigger's run receives. */
export type ScheduledTimerEventPayload = ReceivedEvent<"inngest/scheduled.timer", { cron: string }>;

/** What a failure handler receives. */
export type FailureEventPayload<TEvent = ReceivedEvent> = ReceivedEvent<
  "inngest/function.failed",
  { function_id: string; run_id: string; error: SystemEventError; event: TEvent }
>;

/** The event a finished run leaves behind. */
export type FinishedEventPayload = ReceivedEvent<
  "inngest/function.finished",
  { function_id: string; run_id: string; result?: unknown; error?: SystemEventError; correlation_id?: string }
>;

/** The event a cancelled run leaves behind. */
export type CancelledEventPayload = ReceivedEvent<
  "inngest/function.cancelled",
  { function_id: string; run_id: string; correlation_id?: string }
>;

/** What a function receives that another one invokes. */
export type InvokedEventPayload<TData = UntypedData> = ReceivedEvent<"inngest/function.invoked", TData>;

/** An error as system events carry it. */
export interface SystemEventError {
  name: string;
  message: string;
  error?: string;
  stack?: string;
}
