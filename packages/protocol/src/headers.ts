/** Header names of PROTOCOL §1.2, lower case. */
export const headers = {
  sdk: "x-inngest-sdk",
  sdkHandled: "x-inngest-sdk-handled",
  framework: "x-inngest-framework",
  platform: "x-inngest-platform",
  env: "x-inngest-env",
  requestVersion: "x-inngest-req-version",
  serverKind: "x-inngest-server-kind",
  expectedServerKind: "x-inngest-expected-server-kind",
  syncKind: "x-inngest-sync-kind",
  noRetry: "x-inngest-no-retry",
  retryAfter: "retry-after",
  runId: "x-run-id",
  stepId: "x-inngest-step-id",
  requestId: "x-request-id",
  generationId: "x-inngest-generation-id",
  jobId: "x-inngest-job-id",
  eventIdSeed: "x-inngest-event-id-seed",
  forceStepPlan: "x-inngest-force-step-plan",
  /** Of the step or of the handler, zero-based; endpoints have no call body that would tell it. */
  attempt: "x-stepfast-attempt",
  /** Of a call: how its server takes checkpoints, beside PROTOCOL §7; {@link TAKES_MANY}. */
  checkpoints: "x-stepfast-checkpoints",
  signature: "x-inngest-signature",
  /** W3C Trace Context: spans of the code that is called belong to the trace of its run. */
  traceparent: "traceparent",
} as const;

/** Those of several calls at a time: `POST /v1/checkpoints` with `{ checkpoints: [body, …] }`. */
export const TAKES_MANY = "many";
