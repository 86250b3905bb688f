import { headers, systemEvents } from "@stepfast/protocol";

/** Headers of calls and answers, by name. */
export const headerKeys = {
  ContentType: "content-type",
  Host: "host",
  ForwardedFor: "x-forwarded-for",
  RealIp: "x-real-ip",
  Location: "location",
  ContentLength: "content-length",
  Signature: headers.signature,
  SdkVersion: headers.sdk,
  Environment: headers.env,
  Platform: headers.platform,
  Framework: headers.framework,
  NoRetry: headers.noRetry,
  RequestId: headers.requestId,
  GenerationId: headers.generationId,
  InngestJobId: headers.jobId,
  RequestVersion: headers.requestVersion,
  RetryAfter: headers.retryAfter,
  InngestServerKind: headers.serverKind,
  InngestExpectedServerKind: headers.expectedServerKind,
  InngestSyncKind: headers.syncKind,
  EventIdSeed: headers.eventIdSeed,
  TraceParent: headers.traceparent,
  TraceState: "tracestate",
  InngestRunId: headers.runId,
  InngestStepId: headers.stepId,
  InngestForceStepPlan: headers.forceStepPlan,
  SdkHandled: headers.sdkHandled,
} as const;
export type headerKeys = (typeof headerKeys)[keyof typeof headerKeys];

/** Query keys of a serve URL. */
export const queryKeys = { DeployId: "deployId", FnId: "fnId", Probe: "probe", StepId: "stepId" } as const;
export type queryKeys = (typeof queryKeys)[keyof typeof queryKeys];

/** Events that the engine emits. */
export const internalEvents = {
  FunctionFailed: systemEvents.functionFailed,
  FunctionInvoked: systemEvents.functionInvoked,
  FunctionFinished: systemEvents.functionFinished,
  FunctionCancelled: systemEvents.functionCancelled,
  ScheduledTimer: systemEvents.scheduledTimer,
  HttpRequest: systemEvents.httpRequest,
  DeferredSchedule: systemEvents.deferredSchedule,
} as const;
type EventNames = typeof internalEvents;
export type internalEvents = EventNames[keyof EventNames];
/** Each of them as a type: `internalEvents.FunctionFailed`. */
export declare namespace internalEvents {
  type FunctionFailed = EventNames["FunctionFailed"];
  type FunctionInvoked = EventNames["FunctionInvoked"];
  type FunctionFinished = EventNames["FunctionFinished"];
  type FunctionCancelled = EventNames["FunctionCancelled"];
  type ScheduledTimer = EventNames["ScheduledTimer"];
  type HttpRequest = EventNames["HttpRequest"];
  type DeferredSchedule = EventNames["DeferredSchedule"];
}
