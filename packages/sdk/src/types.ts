/** The types of what functions and clients are made of, and the names of the wire that code may compare with. */
export type {
  CallRequest,
  ConcurrencyConfig as ConcurrencyOption,
  FunctionConfig,
  Op,
  Op as HashedOp,
  Op as OutgoingOp,
  RegisterRequest,
} from "@stepfast/protocol";
export type { ClientOptions } from "./client/options.ts";
export type { JsonError } from "./errors/serialize.ts";
export { DefaultMaxRuntime, defaultCheckpointingOptions } from "./execution/remote/checkpoint-defaults.ts";
export type { DeferredFunction } from "./function/deferred.ts";
export type { CancelOnRule as Cancellation, CheckpointingOptions } from "./function/options.ts";
export type { EventNameFromTrigger } from "./function/trigger.ts";
export { type LogLevel, logLevels } from "./logging/logger.ts";
export type { MetadataTarget } from "./metadata/target.ts";
export type { RegisterOptions } from "./serve/serve-options.ts";
export type { TimeStr } from "./time/duration.ts";
export type { Defer as DeferFn, DeferHandle, ExperimentRef, FailureEventArgs } from "./types/context.ts";
export type {
  CancelledEventPayload,
  EventMeta,
  EventPayload,
  EventSessions,
  EventSessionValue,
  FailureEventPayload,
  FinishedEventPayload,
  InvokedEventPayload,
  PropagatedEventSessions,
  PropagatedEventSessionValue,
  ReceivedEventMeta,
  ScheduledTimerEventPayload,
  SendEventBaseOutput,
  SendEventBaseOutput as SendEventOutput,
} from "./types/event.ts";
export type { BaseContext, Context, Handler } from "./types/handler.ts";
export type { Jsonify } from "./types/json.ts";
export { AsyncResponseType, StepMode, StepOpCode } from "./types/op-codes.ts";
export { err, ok, type Result } from "./types/result.ts";
export type {
  Invokable as InvokeTargetFunctionDefinition,
  SendSignalResponse,
  StepOptions,
  StepOptionsOrId,
} from "./types/step-tools.ts";
