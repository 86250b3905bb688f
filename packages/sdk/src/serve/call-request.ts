import {
  type CallContext,
  type CallRequest,
  type EventPayload,
  headers,
  limits,
  StepfastError,
  type StepValue,
} from "@stepfast/protocol";
import { isRecord } from "./body.ts";
import type { ServeRequest } from "./exchange.ts";

/** The server leaves the execution version to the SDK. */
const ANY_VERSION = -1;

/** What a call addresses: a slug, and `step` for the whole function or the hash of the one step to run. */
export interface CallTarget {
  slug: string;
  stepId: string;
}

/** Throws `invalid_request` if the query does not name a function. */
export function callTarget(request: ServeRequest): CallTarget {
  const slug = request.url.searchParams.get("fnId");
  if (!slug)
    throw invalid("the query names no function: call <serve URL>?fnId=<app id>-<function id>&stepId=step");
  const stepId = request.url.searchParams.get("stepId") || request.header(headers.stepId) || "step";
  return { slug, stepId };
}

/** A call's body in full form, defaults filled in (PROTOCOL §3). Throws `invalid_request` naming what is wrong. */
export function callRequest(
  body: unknown,
  request: ServeRequest,
  stepId: string,
  maxAttempts?: number,
): CallRequest {
  if (!isRecord(body)) throw invalid("the body must be one JSON object");
  const event = body.event;
  if (!isRecord(event)) throw invalid("the body needs `event`: an object");
  const ctx = callContext(body.ctx, request, stepId, maxAttempts);
  return {
    event: event as unknown as EventPayload,
    events: eventList(body.events, event) as unknown as EventPayload[],
    steps: recordOf(body.steps, "steps") as Record<string, StepValue>,
    defers: recordOf(body.defers, "defers") as Record<string, { abortable?: boolean }>,
    ctx: { ...ctx, use_api: ctx.use_api || body.use_api === true },
    version: callVersion(body.version, request),
  };
}

function invalid(what: string): StepfastError {
  return new StepfastError("invalid_request", what);
}

function eventList(value: unknown, event: Record<string, unknown>): Record<string, unknown>[] {
  if (value === undefined || value === null) return [event];
  if (!Array.isArray(value) || !value.every(isRecord)) throw invalid("`events` must be a list of objects");
  return value;
}

function recordOf(value: unknown, key: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw invalid(`\`${key}\` must be an object`);
  return value;
}

function callContext(
  value: unknown,
  request: ServeRequest,
  stepId: string,
  maxAttempts?: number,
): CallContext {
  const ctx = recordOf(value, "ctx");
  return {
    fn_id: text(ctx.fn_id, "ctx.fn_id"),
    run_id: text(ctx.run_id, "ctx.run_id") ?? request.header(headers.runId) ?? "",
    env: text(ctx.env, "ctx.env") ?? "",
    step_id: stepId,
    attempt: count(ctx.attempt, "ctx.attempt") ?? 0,
    max_attempts: count(ctx.max_attempts, "ctx.max_attempts") ?? maxAttempts ?? limits.defaultRetries + 1,
    stack: stackOf(ctx.stack),
    qi_id: text(ctx.qi_id, "ctx.qi_id"),
    request_id: request.header(headers.requestId) ?? text(ctx.request_id, "ctx.request_id"),
    generation_id: generationOf(request) ?? count(ctx.generation_id, "ctx.generation_id"),
    job_id: request.header(headers.jobId) ?? text(ctx.job_id, "ctx.job_id"),
    disable_immediate_execution: ctx.disable_immediate_execution === true,
    use_api: ctx.use_api === true,
  };
}

function generationOf(request: ServeRequest): number | undefined {
  const generation = Number.parseInt(request.header(headers.generationId) ?? "", 10);
  return Number.isNaN(generation) ? undefined : generation;
}

function text(value: unknown, key: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`\`${key}\` must be a text`);
  return value;
}

function count(value: unknown, key: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Number.isSafeInteger(value) || Number(value) < 0)
    throw invalid(`\`${key}\` must be a whole number, 0 or more`);
  return Number(value);
}

function stackOf(value: unknown): CallContext["stack"] {
  const { stack = [], current } = recordOf(value, "ctx.stack");
  const ids = stack ?? [];
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string")) {
    throw invalid("`ctx.stack.stack` must be a list of step ids");
  }
  return { stack: ids, current: count(current, "ctx.stack.current") ?? ids.length };
}

// The header wins over the body.
function callVersion(bodyVersion: unknown, request: ServeRequest): number {
  const header = Number.parseInt(request.header(headers.requestVersion) ?? "", 10);
  const version = Number.isNaN(header) || header === ANY_VERSION ? (bodyVersion ?? ANY_VERSION) : header;
  if (version === 1 || version === 2 || version === ANY_VERSION) return version;
  throw invalid(
    `this SDK knows the execution versions 1 and 2, and -1 for its own choice, not ${JSON.stringify(version)}`,
  );
}
