import type { CallAnswer, CallRequest } from "./call.ts";
import type { IncomingEvent } from "./event.ts";
import type { FunctionConfig } from "./function-config.ts";
import type { Json } from "./json.ts";
import type { Op, OpMetadata } from "./op.ts";
import type { RealtimeMessage } from "./realtime.ts";

/*
 * The contract between an engine and an SDK that live in one process. It carries the same ops as HTTP does, with
 * two additions: the SDK runs every step it finds itself (parallel ones too), reporting each as it finishes; and
 * the engine can push news into the running call instead of calling again.
 */

/** A step the engine knows of and that has no result yet. */
export interface PendingStep {
  /** `run`: execute it now, if it is a step that runs locally. `hold`: its time has not come. */
  state: "run" | "hold";
  /** Zero-based attempt the next execution is. */
  attempt: number;
}

/**
 * A call to a function in this process. `ctx.step_id` is `step`; or `rollback:<hash>` to run the rollback of that step and
 * nothing else, with `ctx.attempt` as its attempt.
 */
export interface InlineCall extends CallRequest {
  /** By step hash. A step in neither `steps` nor `pending` is new. */
  pending: Record<string, PendingStep>;
  maxAttempts: number;
}

/** What the engine offers to a running inline call. */
export interface InlineHost {
  /**
   * Reports finished steps (`StepRun`, `StepError`, `StepFailed`), newly found waits (`Sleep`, `WaitForEvent`,
   * `WaitForSignal`, `InvokeFunction`) and lazy ops. Resolves when they are durable. Rejects with a
   * `StepfastError("stale_dispatch")` when this call no longer owns the run: it must then do nothing more.
   */
  report(ops: Op[]): Promise<void>;
  /**
   * Null: any number of step bodies may run at a time. Else as many as `allowed` says, at least one; the call tells with `want` how
   * many it has that run or are ready to.
   */
  bodies: { allowed(): number; want(count: number): void } | null;
  /** Aborted when the run is cancelled; step contexts hand it to user code. */
  signal: AbortSignal;
}

/** What the engine may push into a running inline call. */
export interface InlineSession {
  /**
   * The call's final answer. `complete` or `error`: the function ended. `ops`: nothing is left to do in this
   * process until a pending step settles; the list holds what has not been reported yet (it may be empty).
   */
  answer: Promise<CallAnswer>;
  /** A step that was held got its result (the wire value of PROTOCOL §3.1). */
  settle(stepId: string, value: Json): void;
  /** The number of step bodies that may run at a time has changed. */
  widen(): void;
  /** A held step's retry is due. */
  retry(stepId: string, attempt: number): void;
  /**
   * The run is being cancelled: start no further step and run no more user code than it takes to let the step bodies
   * that are executing now finish. Resolves once they have, and what they returned has been reported.
   */
  cancel(): Promise<void>;
  /** The run was taken away: start nothing more, report nothing more, drop what is pending. `answer` may stay unsettled. */
  stop(): void;
}

/** A function that can be called in this process. */
export interface InlineFunction {
  /** Full configuration with its slug; one entry, or two where there is an `onFailure` handler (`<id>-failure`). */
  configs(appId: string): FunctionConfig[];
  /** Calls the function (or, by slug, its failure handler). Never throws. */
  call(slug: string, call: InlineCall, host: InlineHost): InlineSession;
}

/** What `client.send` and the like are routed to once a client is attached to an engine in this process. */
export interface InlineTransport {
  send(events: IncomingEvent[], seed?: string): Promise<{ ids: string[] }>;
  sendSignal(signal: string, data: Json): Promise<{ runId: string | undefined }>;
  readonly realtime?: InlineRealtime;
  /** Notes something of a run or a step. Rejects with `run_not_found`, `metadata_too_large`, `invalid_request`. */
  note?(update: InlineNote): Promise<void>;
  /** Keeps spans of user code: an export request of OTLP's JSON. */
  spans?(request: object): Promise<void>;
}

/** What is noted, and about what (PROTOCOL §8). */
export interface InlineNote {
  target: { run_id: string; step_id?: string; step_index?: number; step_attempt?: number; span_id?: string };
  metadata: OpMetadata[];
}

/** Realtime of an engine in this process: what is published reaches who subscribes here, and over the network. */
export interface InlineRealtime {
  publish(message: { channel: string; topics: string[]; data: Json; runId?: string | undefined }): void;
  /** A stream of text; resolves at its end. */
  publishStream(
    to: { channel: string; topics: string[]; runId?: string | undefined },
    text: AsyncIterable<string>,
  ): Promise<void>;
  token(channel: string, topics: string[]): Promise<string>;
  /** Until the function that is returned is called. */
  subscribe(channel: string, topics: string[], listener: (message: RealtimeMessage) => void): () => void;
}

export const ATTACH: unique symbol = Symbol.for("stepfast.attach");
export const INLINE: unique symbol = Symbol.for("stepfast.inline");

/** A client that can be attached to an engine in this process. */
export interface InlineClient {
  readonly id: string;
  readonly appVersion?: string | undefined;
  /** Symbol-keyed so that it is no part of the public surface. Pass `null` to detach. */
  [ATTACH](transport: InlineTransport | null): void;
}

/** A function object of the SDK, seen by `embed()`. */
export interface HasInline {
  [INLINE]: InlineFunction;
}
