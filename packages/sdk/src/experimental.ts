export { type AsyncContext, getAsyncCtx, runWithAsyncCtx } from "./execution/async-context.ts";
export { createDefer, DeferredFunction, type DeferredOptions } from "./function/deferred.ts";
export type { MetadataBuilder, MetadataStepTool, MetadataWriter } from "./metadata/builder.ts";
export { metadataMiddleware } from "./metadata/middleware.ts";
export { scoreMiddleware } from "./score/middleware.ts";
export type { ClientScore, ScoreExperimentOptions, ScoreOptions } from "./score/score.ts";
export { createScorer, type ScorerResult } from "./score/scorer.ts";
export {
  type ExtendedTracesOptions,
  type ExtendedTracesOptions as ExtendedTracesMiddlewareOptions,
  extendedTracesMiddleware,
} from "./traces/middleware.ts";
export { InngestSpanProcessor } from "./traces/span-processor.ts";
export type {
  Defer,
  DeferHandle,
  DeferOptions,
  DeferParent,
  DeferredHandler,
  DeferWhen,
  ExperimentRef,
} from "./types/context.ts";
