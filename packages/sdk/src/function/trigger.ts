import type { ReceivedEvent, ScheduledTimerEventPayload } from "../types/event.ts";
import type { Untyped } from "../types/untyped.ts";
import type { DataOf, EventType } from "./event-type.ts";

type AnyEventType = EventType<string, unknown>;

/** Runs on an event; `if` is an expression over `event`. A name may end in `*`. */
export interface EventTrigger {
  event: string | AnyEventType;
  if?: string;
}

/**
 * Runs on a schedule: five fields, six with seconds first, or a name such as `@daily`, in UTC or as in "TZ=Europe/Rome 0 9 * * 1".
 * `jitter` ("1s" to "5m") spreads the starts. `catchUp`: which of the times that nobody was there for become runs; default
 * `one`, the latest.
 */
export interface CronTrigger {
  cron: string;
  jitter?: string;
  catchUp?: "skip" | "one" | "all";
}

export type Trigger = AnyEventType | EventTrigger | CronTrigger;

/** A trigger by events of one name, or by a schedule. */
export type TriggerOf<TName extends string> =
  | EventType<TName, Untyped>
  | { event: TName | EventType<TName, Untyped>; if?: string }
  | CronTrigger;

/** One trigger, several, or none (the function is only invoked). */
export type TriggerInput = Trigger | readonly Trigger[] | undefined;

type Members<T> = T extends readonly (infer TMember)[] ? TMember : T;

type EventOfTypedTrigger<T> =
  T extends EventType<infer TName, infer TSchema> ? ReceivedEvent<TName, DataOf<TSchema>> : never;

type EventOfTrigger<T> = T extends AnyEventType
  ? EventOfTypedTrigger<T>
  : T extends { event: infer TEvent }
    ? TEvent extends AnyEventType
      ? EventOfTypedTrigger<TEvent>
      : TEvent extends `${string}*`
        ? ReceivedEvent
        : TEvent extends string
          ? ReceivedEvent<TEvent>
          : never
    : T extends { cron: string }
      ? ScheduledTimerEventPayload
      : never;

/** The event a function with these triggers receives. */
export type EventOf<TTriggers> = [Members<TTriggers>] extends [never]
  ? ReceivedEvent
  : [Members<TTriggers>] extends [undefined]
    ? ReceivedEvent
    : EventOfTrigger<Members<TTriggers>>;

/** Names a trigger can be reached by. */
export type EventNameFromTrigger<T> = EventOfTrigger<T> extends { name: infer TName } ? TName : never;

/** The data with which a function of these triggers is invoked. */
export type InvokeData<TTriggers> =
  InvokedData<EventOf<TTriggers>> extends infer TInvoked
    ? [TInvoked] extends [never]
      ? EventOf<TTriggers>["data"]
      : TInvoked
    : never;

type InvokedData<TEvent> = TEvent extends { name: "inngest/function.invoked"; data: infer TData }
  ? TData
  : never;

/** Triggers as a list. */
export function triggerList(input: TriggerInput): readonly Trigger[] {
  if (input === undefined) return [];
  return isTriggerArray(input) ? input : [input];
}

function isTriggerArray(input: Trigger | readonly Trigger[]): input is readonly Trigger[] {
  return Array.isArray(input);
}
