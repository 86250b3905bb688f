/** Types alone, for code that imports nothing to run. */
export type { Op as OutgoingOp } from "@stepfast/protocol";
export type { ClientOptions } from "./client/options.ts";
export type { JsonError } from "./errors/serialize.ts";
export type { CheckpointingOptions } from "./function/options.ts";
export type { EventNameFromTrigger } from "./function/trigger.ts";
export type { LogLevel } from "./logging/logger.ts";
export type { MetadataTarget } from "./metadata/target.ts";
export type { RegisterOptions } from "./serve/serve-options.ts";
export type { TimeStr } from "./time/duration.ts";
export type {
  BaseContext,
  Context,
  Defer as DeferFn,
  DeferHandle,
  ExperimentRef,
  FailureEventArgs,
  Handler,
} from "./types/context.ts";
export type {
  EventMeta,
  EventPayload,
  EventSessions,
  FailureEventPayload,
  FinishedEventPayload,
  ScheduledTimerEventPayload,
  SendEventBaseOutput,
} from "./types/event.ts";
export type { Jsonify } from "./types/json.ts";
export type { SendSignalResponse, StepOptions, StepOptionsOrId } from "./types/step-tools.ts";
