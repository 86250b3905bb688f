/** Public error codes. Each has a page `docs/errors/<code>.md`. */
export type ErrorCode =
  | "invalid_event"
  | "invalid_event_batch"
  | "reserved_event_name"
  | "event_too_large"
  | "body_too_large"
  | "invalid_json"
  | "invalid_config"
  | "invalid_expression"
  | "expression_budget"
  | "invalid_duration"
  | "invalid_request"
  | "duplicate_function"
  | "function_not_found"
  | "app_not_found"
  | "event_not_found"
  | "run_not_found"
  | "run_already_ended"
  | "step_not_found"
  | "ambiguous_step"
  | "job_not_found"
  | "signal_not_found"
  | "signal_conflict"
  | "step_limit"
  | "nested_step"
  | "state_too_large"
  | "output_too_large"
  | "wait_too_long"
  | "stale_dispatch"
  | "sdk_unreachable"
  | "not_an_sdk"
  | "wrong_server_kind"
  | "not_found"
  | "metadata_too_large"
  | "method_not_allowed"
  | "store_unavailable"
  | "store_locked"
  | "schema_too_new"
  | "engine_closed"
  | "forbidden"
  | "forbidden_address"
  | "gateway_failed"
  | "unsupported_media_type"
  | "port_in_use"
  | "api_unreachable"
  | "unauthorized"
  | "invalid_signature"
  | "store_moved"
  | "already_invoked"
  | "changed_meanwhile"
  | "key_not_found"
  | "query_failed"
  | "model_not_configured"
  | "experiment_not_found"
  | "single_environment"
  | "sandboxes_unavailable"
  | "transform_failed"
  | "webhook_not_found"
  | "worker_lost"
  | "connection_limit"
  | "too_many_subscriptions"
  | "internal";

const statuses: Partial<Record<ErrorCode, number>> = {
  event_too_large: 413,
  body_too_large: 413,
  function_not_found: 404,
  app_not_found: 404,
  event_not_found: 404,
  run_not_found: 404,
  run_already_ended: 409,
  step_not_found: 404,
  job_not_found: 404,
  signal_not_found: 404,
  signal_conflict: 409,
  output_too_large: 413,
  state_too_large: 413,
  stale_dispatch: 409,
  sdk_unreachable: 502,
  not_an_sdk: 502,
  not_found: 404,
  metadata_too_large: 413,
  method_not_allowed: 405,
  store_unavailable: 503,
  store_locked: 503,
  store_moved: 503,
  worker_lost: 502,
  connection_limit: 429,
  too_many_subscriptions: 503,
  schema_too_new: 503,
  engine_closed: 503,
  forbidden: 403,
  forbidden_address: 403,
  gateway_failed: 502,
  unsupported_media_type: 415,
  port_in_use: 500,
  api_unreachable: 502,
  unauthorized: 401,
  invalid_signature: 502,
  already_invoked: 409,
  changed_meanwhile: 409,
  key_not_found: 404,
  single_environment: 409,
  sandboxes_unavailable: 501,
  model_not_configured: 409,
  experiment_not_found: 404,
  transform_failed: 422,
  webhook_not_found: 404,
  internal: 500,
};

/** An error with a code, for people and for programs. `status` is the HTTP status it answers with. */
export class StepfastError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StepfastError";
    this.code = code;
    this.status = statuses[code] ?? 400;
  }

  /** Where the error is explained, relative to the repository. */
  get docs(): string {
    return `docs/errors/${this.code}.md`;
  }

  static is(value: unknown): value is StepfastError {
    try {
      return value instanceof Error && value.name === "StepfastError" && "code" in value;
    } catch {
      return false;
    }
  }
}

/** An error as it crosses the wire (PROTOCOL §4.1). Of causes that are errors at most five nest; others are any JSON. */
export interface WireError {
  name: string;
  message: string;
  stack?: string;
  code?: string;
  data?: unknown;
  cause?: unknown;
  __serialized?: true;
}

const MAX_CAUSE_DEPTH = 5;

/** Any thrown value as a {@link WireError}. Values that are not errors are wrapped. Never throws, whatever it is given. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  const name = textPart(thrown, "name");
  const message = textPart(thrown, "message");
  if (name === undefined || message === undefined)
    return { name: "Error", message: describeThrown(thrown), stack: "", __serialized: true };
  const stack = textPart(thrown, "stack") ?? "";
  const wire: WireError = { name: name || "Error", message, stack, __serialized: true };
  const code = textPart(thrown, "code");
  if (code !== undefined) wire.code = code;
  const cause = thrownPart(thrown, "cause");
  if (cause !== undefined && depth < MAX_CAUSE_DEPTH) wire.cause = wireCause(cause, depth + 1);
  return wire;
}

/** A cause that is no error, such as an object that says more: as it is, or in words if JSON cannot hold it. */
function wireCause(cause: unknown, depth: number): unknown {
  try {
    const isError = isErrorLike(cause) || cause instanceof Error;
    return isError ? toWireError(cause, depth) : JSON.parse(JSON.stringify(cause));
  } catch {
    return describeThrown(cause);
  }
}

export type ErrorLike = { name: string; message: string; stack?: string; code?: unknown; cause?: unknown };

/** Whether a value, of a wire or not, is an error: it has a name and a message. */
export function isErrorLike(value: unknown): value is ErrorLike {
  return textPart(value, "message") !== undefined && textPart(value, "name") !== undefined;
}

/** A property of a thrown value; undefined where it has none, or does not let it be read: getters throw, proxies refuse. */
export function thrownPart(thrown: unknown, key: string | symbol): unknown {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  try {
    return (thrown as Record<string | symbol, unknown>)[key];
  } catch {
    return undefined;
  }
}

function textPart(thrown: unknown, key: string): string | undefined {
  const part = thrownPart(thrown, key);
  return typeof part === "string" ? part : undefined;
}

function describeThrown(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  for (const describe of [JSON.stringify, String]) {
    try {
      const text = describe(thrown) as unknown;
      if (typeof text === "string") return text;
    } catch {
      // The next way may do.
    }
  }
  return "A value was thrown that can be neither read nor written";
}
