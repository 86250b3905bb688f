import { type CallAnswer, headers as names, type Op, type WireError } from "@stepfast/protocol";
import { isRecord } from "./body.ts";
import type { Reply, ResponseHeaders } from "./exchange.ts";

type OpsAnswer = Extract<CallAnswer, { kind: "ops" }>;

/** An answer as status, headers and body (PROTOCOL §4). */
export function callReply(answer: CallAnswer): Reply {
  const version: ResponseHeaders =
    answer.version === undefined ? {} : { [names.requestVersion]: String(answer.version) };
  switch (answer.kind) {
    case "complete":
      return { status: 200, headers: version, json: answer.output ?? null };
    case "ops":
      return { status: 206, headers: { ...version, ...opsHeaders(answer) }, json: answer.ops.map(wireOp) };
    case "error":
      return {
        status: answer.noRetry ? 400 : 500,
        headers: { ...version, ...retryHeaders(answer.noRetry, answer.retryAfter) },
        json: errorBody(answer.error),
      };
  }
}

// That the requested step was not reached is told with what was found instead, beside the error.
function errorBody(error: WireError): unknown {
  if (error.name !== "StepNotFound" || !isRecord(error.data)) return error;
  const { data, ...rest } = error;
  return { ...rest, error: error.message, ...data };
}

function opsHeaders({ ops, noRetry, retryAfter }: OpsAnswer): ResponseHeaders {
  const failed = ops.find((op) => op.op === "StepError" || op.op === "StepFailed");
  if (!failed && noRetry === undefined) return {};
  return retryHeaders(noRetry ?? failed?.op === "StepFailed", retryAfter ?? failed?.retryAfter);
}

function retryHeaders(noRetry: boolean, retryAfter: string | undefined): ResponseHeaders {
  const headers: ResponseHeaders = { [names.noRetry]: String(noRetry) };
  if (retryAfter !== undefined && !noRetry) headers[names.retryAfter] = retryAfter;
  return headers;
}

/** An op as it is sent: without what only an engine in this process may see, with the fields that are always there. */
export function wireOp({ attempt: _attempt, retryAfter: _retryAfter, ...op }: Op): Op {
  return { ...op, opts: op.opts ?? {}, data: op.data ?? null };
}
