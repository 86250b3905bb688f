import type { DeferredFunction } from "../function/deferred.ts";
import type { DataOf } from "../function/event-type.ts";
import type { EventOf, TriggerInput } from "../function/trigger.ts";
import type { GroupTools } from "../group/tools.ts";
import type { Logger } from "../logging/logger.ts";
import type { EventMeta, EventSessions, FailureEventPayload, ReceivedEvent } from "./event.ts";
import type { StepTools } from "./step-tools.ts";
import type { Untyped } from "./untyped.ts";

/** When a deferred function runs, by how its parent's run ended. Default `always`. */
export type DeferWhen = "always" | "success" | "failure" | "cancelled";

/** The variant that `group.experiment` chose. */
export interface ExperimentRef {
  experimentName: string;
  variant: string;
}

export interface DeferOptions<TFunction> {
  function: TFunction;
  data: TFunction extends DeferredFunction<infer TSchema, Untyped> ? DataOf<TSchema> : never;
  when?: DeferWhen;
  /** `experimentRef` of `group.experiment`: the deferred function finds it in its `parents`. */
  experiment?: ExperimentRef;
  meta?: EventMeta;
}

/** A scheduled deferred run, until the parent's run ends. */
export interface DeferHandle {
  /** The deferred function will not run. Calling it again does nothing. */
  cancel(): void;
  /** The same as `cancel`. */
  abort(): void;
}

/** Schedules a deferred function: it runs once, as its own run, after this run has ended. */
export type Defer = <TFunction extends DeferredFunction<Untyped, Untyped>>(
  id: string,
  options: DeferOptions<TFunction>,
) => DeferHandle;

/** What every handler receives, whatever its triggers. */
export interface RunContext {
  step: StepTools;
  group: GroupTools;
  defer: Defer;
  /** ULID. */
  runId: string;
  /** Zero-based attempt of the step, or of the function's own code, that this call is about. */
  attempt: number;
  maxAttempts?: number;
  /** Silent while the function repeats what it did before. */
  logger: Logger;
  requestId?: string;
  jobId?: string;
  /** Sessions common to all triggering events. */
  sessions?: EventSessions;
}

/** A handler's context for functions of these triggers. */
export type TriggeredContext<TTriggers extends TriggerInput = undefined, TExtra = unknown> = RunContext & {
  event: EventOf<TTriggers>;
  /** All events of a batch; otherwise the one. */
  events: [EventOf<TTriggers>, ...EventOf<TTriggers>[]];
} & TExtra;

export type TriggeredHandler<
  TTriggers extends TriggerInput = undefined,
  TOutput = unknown,
  TExtra = unknown,
> = (context: TriggeredContext<TTriggers, TExtra>) => TOutput;

/** What a failure handler receives besides the usual. */
export interface FailureEventArgs<TEvent = ReceivedEvent> {
  /** The failure; `event.data.event` is the event whose run failed. */
  event: FailureEventPayload<TEvent>;
  error: Error;
}

export type FailureHandler<TTriggers extends TriggerInput = undefined, TExtra = unknown> = (
  context: RunContext &
    FailureEventArgs<EventOf<TTriggers>> & { events: [FailureEventPayload<EventOf<TTriggers>>] } & TExtra,
) => unknown;

/** The run that scheduled a deferred one. */
export interface DeferParent {
  fnSlug: string;
  runId: string;
  experiment?: ExperimentRef;
}

export type DeferredHandler<TData, TOutput> = (
  context: RunContext & {
    event: ReceivedEvent<"inngest/deferred.schedule", TData>;
    events: [ReceivedEvent<"inngest/deferred.schedule", TData>];
    /** In the order of `events`. */
    parents: DeferParent[];
  },
) => TOutput;

/** A handler when its types no longer matter. */
export type UntypedHandler = (context: Untyped) => unknown;
