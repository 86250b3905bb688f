import type { WireError } from "./error.ts";
import type { EventPayload } from "./event.ts";
import type { Json } from "./json.ts";
import type { Op } from "./op.ts";

/** A memoised step in a call (PROTOCOL §3.1), exactly as it is stored and sent. */
export type StepValue = { data: Json } | { error: WireError } | { input: Json[] } | Json;

/** Body of a call to the SDK (PROTOCOL §3). */
export interface CallRequest {
  event: EventPayload;
  events: EventPayload[];
  steps: Record<string, StepValue>;
  defers?: Record<string, { abortable?: boolean }>;
  ctx: CallContext;
  version: number;
  use_api?: boolean;
}

export interface CallContext {
  /** Set only when the SDK may checkpoint to `/v1/checkpoint/:run/async`. */
  fn_id?: string;
  run_id: string;
  env: string;
  step_id: string;
  /** Zero-based attempt of the step (targeted call) or of the function body (discovery). */
  attempt: number;
  max_attempts: number;
  stack: { stack: string[]; current: number };
  qi_id?: string;
  request_id?: string;
  generation_id?: number;
  job_id?: string;
  disable_immediate_execution: boolean;
  use_api: boolean;
}

/** A call's final answer in normal form, whatever transport carried it (PROTOCOL §4). */
export type CallAnswer =
  | { kind: "ops"; ops: Op[]; noRetry?: boolean; retryAfter?: string; version?: number }
  | { kind: "complete"; output: Json; version?: number }
  | {
      kind: "error";
      error: WireError;
      noRetry: boolean;
      retryAfter?: string;
      /** Waiting would not help: the next attempt is due now. */
      retryAtOnce?: boolean;
      version?: number;
    };
