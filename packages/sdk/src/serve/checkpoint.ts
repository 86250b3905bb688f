import { type CallContext, type Op, StepfastError } from "@stepfast/protocol";
import { askApi } from "./api.ts";
import { FinalFailure, type Sleep, withRetries } from "./backoff.ts";
import { wireOp } from "./call-response.ts";
import type { ServeClient } from "./contract.ts";
import type { ResponseHeaders } from "./exchange.ts";
import type { ApiAnswer } from "./node-http.ts";

/** That it was saved is all there is to know (RFC 7240). */
const BRIEFLY = { prefer: "return=minimal" };

export interface CheckpointSource {
  client: ServeClient;
  headers: ResponseHeaders;
  ctx: CallContext;
  /** When the call came in, milliseconds since the epoch. */
  startedAt: number;
  nowMs: () => number;
  sleep: Sleep;
  /** A shorter way to the server than its API. */
  shortcut?: CheckpointShortcut | undefined;
}

/** Brings the body of a checkpoint to the server. Undefined: it cannot, or the server wants it over its API. */
export type CheckpointShortcut = (runId: string, body: string) => Promise<ApiAnswer | undefined>;

/** Whether the server takes finished steps of a call while it goes on (PROTOCOL §7). */
export function mayCheckpoint(ctx: CallContext): boolean {
  return Boolean(ctx.fn_id) && ctx.run_id !== "";
}

/**
 * Saves finished steps with `POST /v1/checkpoint/{run}/async`. Resolves when they are recorded. Rejects with
 * `stale_dispatch` at once when the call no longer owns the run, with another error when saving is refused or five
 * attempts failed: the steps then belong into the call's answer.
 */
export function checkpointer(source: CheckpointSource): (ops: Op[]) => Promise<void> {
  return (ops) => withRetries(() => save(source, ops), source.sleep);
}

async function save(source: CheckpointSource, ops: Op[]): Promise<void> {
  const body = JSON.stringify(checkpointBody(source, ops));
  const { status, text } =
    (await source.shortcut?.(source.ctx.run_id, body)) ?? (await saveOverApi(source, body));
  if (status >= 200 && status < 300) return;
  const failure = failureOf(status, text);
  if (isFinal(status)) throw new FinalFailure("refused", { cause: failure });
  throw failure;
}

function saveOverApi({ client, headers, ctx }: CheckpointSource, text: string): Promise<ApiAnswer> {
  const path = `v1/checkpoint/${encodeURIComponent(ctx.run_id)}/async`;
  return askApi(client, { method: "POST", path, headers: { ...headers, ...BRIEFLY }, text });
}

function checkpointBody({ ctx, startedAt, nowMs }: CheckpointSource, ops: Op[]): Record<string, unknown> {
  return {
    run_id: ctx.run_id,
    fn_id: ctx.fn_id,
    qi_id: ctx.qi_id ?? "",
    request_id: ctx.request_id,
    generation_id: ctx.generation_id,
    request_started_at: startedAt,
    steps: ops.map(wireOp),
    ts: nowMs(),
  };
}

function failureOf(status: number, text: string): StepfastError {
  if (status === 409) {
    return new StepfastError(
      "stale_dispatch",
      "another call has taken this run over: this one stops and changes nothing",
    );
  }
  const detail = text.slice(0, 200);
  return new StepfastError("invalid_request", `the API refused to save steps: ${status} ${detail}`.trim());
}

// 4xx says that the request is wrong, and it will not be another one next time.
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
