/** Makers of models for `step.ai.infer`, and their types. */
export * from "@inngest/ai";
export type { StandardSchemaV1 } from "@standard-schema/spec";
export { type Op as OutgoingOp, StepfastError } from "@stepfast/protocol";
export { Inngest, isInngest } from "./client/client.ts";
export type { ClientOptions } from "./client/options.ts";
export { isInngestRequest } from "./endpoint/called-run.ts";
export { EventValidationError } from "./errors/event-validation-error.ts";
export { NonRetriableError } from "./errors/non-retriable-error.ts";
export { RetryAfterError } from "./errors/retry-after-error.ts";
export { type JsonError, serializeError } from "./errors/serialize.ts";
export { StepError } from "./errors/step-error.ts";
export { cron, EventType, eventType, invoke, staticSchema } from "./function/event-type.ts";
export { InngestFunction } from "./function/function.ts";
export { isInngestFunction } from "./function/kinds.ts";
export type { CheckpointingOptions } from "./function/options.ts";
export {
  FunctionReference,
  type FunctionReference as InngestFunctionReference,
  referenceFunction,
} from "./function/reference.ts";
export type { EventNameFromTrigger } from "./function/trigger.ts";
export { type ExperimentSelect, experiment } from "./group/strategies.ts";
export type { GroupExperiment, GroupTools, ParallelOptions } from "./group/tools.ts";
export { ConsoleLogger } from "./logging/console-logger.ts";
export type { LogArg, Logger, LogLevel } from "./logging/logger.ts";
export { ProxyLogger } from "./logging/proxy-logger.ts";
export { wrapStringFirstLogger } from "./logging/string-first.ts";
export { dependencyInjectionMiddleware } from "./middleware/dependency-injection.ts";
/** `class Timing extends Middleware.BaseMiddleware { readonly id = "timing"; … }` */
export * as Middleware from "./middleware/middleware.ts";
export { realtime } from "./realtime/index.ts";
export type * as Realtime from "./realtime/type-names.ts";
export { type HandlerResponse, InngestCommHandler } from "./serve/comm-handler.ts";
export type { RegisterOptions, ServeHandlerOptions } from "./serve/serve-options.ts";
export { slugify } from "./slugify.ts";
export { fetch, type StepFetch } from "./step/module-fetch.ts";
export { group } from "./step/module-group.ts";
export { step } from "./step/module-step.ts";
export type { StepPromise, UndoableStepPromise } from "./step/promise.ts";
export {
  type DurationInput,
  type DurationLike,
  durationToMs,
  type InstantLike,
  type MomentInput,
  type TimeStr,
  type ZonedDateTimeLike,
} from "./time/duration.ts";
export type { Defer, DeferHandle, DeferWhen, ExperimentRef, FailureEventArgs } from "./types/context.ts";
export type {
  EventMeta,
  EventPayload,
  EventSessions,
  EventSessionValue,
  FailureEventPayload,
  FinishedEventPayload,
  PropagatedEventSessions,
  PropagatedEventSessionValue,
  ReceivedEvent,
  ReceivedEventMeta,
  ScheduledTimerEventPayload,
  SendEventBaseOutput,
  SendEventPayload,
} from "./types/event.ts";
export type { BaseContext, Context, Handler, HandlerWithTriggers } from "./types/handler.ts";
export type {
  ClientOptionsFromInngest,
  GetFunctionInput,
  GetFunctionOutput,
  GetFunctionOutputRaw,
  GetStepTools,
} from "./types/inference.ts";
export type { Jsonify } from "./types/json.ts";
export type { MaybePromise } from "./types/maybe-promise.ts";
export type { AiModel, InferOptions } from "./types/offload.ts";
export type {
  RollbackContext,
  SendSignalResponse,
  StepContext,
  StepOptions,
  StepOptionsOrId,
  StepTools,
} from "./types/step-tools.ts";
export { version } from "./version.ts";
export { headerKeys, internalEvents, queryKeys } from "./wire-names.ts";
