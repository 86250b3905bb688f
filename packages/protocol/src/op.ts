import type { WireError } from "./error.ts";
import type { Json, JsonObject } from "./json.ts";

/** What an SDK may tell the server to do (PROTOCOL §5.2). */
export type OpCode =
  | "StepRun"
  | "StepPlanned"
  | "StepError"
  | "StepFailed"
  | "Sleep"
  | "WaitForEvent"
  | "WaitForSignal"
  | "InvokeFunction"
  | "AIGateway"
  | "Gateway"
  | "DeferAdd"
  | "DeferAbort"
  | "RunComplete"
  | "DiscoveryRequest";

export interface OpTiming {
  /** Start, nanoseconds since the epoch. */
  a: number;
  /** Duration, nanoseconds. */
  b: number;
}

/** Something noted of a step or its run. */
export interface OpMetadata {
  kind: string;
  /** `run`: it is about the run; otherwise about the step. */
  scope?: string;
  /**
   * `set` takes the place of what was noted under this kind, `merge` adds members to it, `add` adds numbers to those there are,
   * `delete` removes the members named, or all.
   */
  op: "set" | "merge" | "add" | "delete";
  values: JsonObject;
}

/** One member of a 206 answer or of a checkpoint. Unknown keys are tolerated and dropped. */
export interface Op {
  /** sha1 hex of the step id (PROTOCOL §5.1). */
  id: string;
  op: OpCode;
  name?: string;
  displayName?: string;
  opts?: OpOptions;
  data?: Json;
  /** In-process only, in place of `data`: its JSON. */
  json?: string;
  error?: WireError;
  userland?: { id: string; index?: number };
  timing?: OpTiming;
  metadata?: OpMetadata[];
  /** In-process only: when the SDK already knows the attempt that produced this op. */
  attempt?: number;
  /** In-process only: seconds or ISO time a StepError asks to wait (`RetryAfterError`). */
  retryAfter?: string;
}

/** Options of every op in one shape; which are set depends on `op`. */
export interface OpOptions {
  type?: string;
  /** Arguments of a step (an array), or the payload of a defer (an object). */
  input?: Json;
  parallelMode?: "race";
  duration?: string;
  event?: string;
  if?: string;
  timeout?: string;
  signal?: string;
  conflict?: "fail" | "replace";
  function_id?: string;
  payload?: { data?: Json; v?: string; meta?: Json; user?: Json };
  fn_slug?: string;
  /** The function knows how to undo the step: a targeted call of `rollback:<step id>` does. */
  rollback?: true;
  /** That goes for a step that did not complete, too: the step is recorded before its body starts. */
  rollbackAlways?: true;
  [key: string]: unknown;
}

/** Id of the op that stands for the function itself: sha1 of "complete". */
export const COMPLETE_OP_ID = "0737c22d3bfae812339732d14d8c7dbd6dc4e09c";

/** Ops that ask nothing of the server but to remember something. */
export function isLazyOp(op: Op): boolean {
  return op.op === "DeferAdd" || op.op === "DeferAbort";
}
