import { answerBytes, type Remote, type RemoteCall } from "@stepfast/engine";
import {
  type CallAnswer,
  canonicalJson,
  headers,
  limits,
  StepfastError,
  TAKES_MANY,
} from "@stepfast/protocol";
import { Agent } from "undici";
import type { SigningKeys } from "../auth/signing-keys.ts";
import { traceParentOf } from "../otlp/trace-parent.ts";
import { version } from "../version.ts";
import { answerOf, callFailure, isFromSdk, unwrapped } from "./answer.ts";
import { callBody } from "./call-body.ts";
import { endpointRequest } from "./endpoint-exchange.ts";
import { type Exchange, post } from "./http-exchange.ts";
import type { Reply } from "./reply.ts";
import { type AnswerRules, isAuthentic, postSigned } from "./signed-exchange.ts";
import { StepUrls } from "./step-urls.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS_PER_APP = 512;

export interface HttpRemoteOptions {
  /** How long one call may take. Default 2 hours. */
  timeoutMs?: number;
  /** Sign calls, and take no answer without a right signature: a production server. Default: a development server. */
  keys?: SigningKeys | undefined;
  /** With keys: take answers without any signature, too. Default false. */
  allowUnsigned?: boolean | undefined;
  /** What calls say of this server. Default: `cloud` with keys, else `dev`. */
  serverKind?: "dev" | "cloud";
  /** An answer may be this large. Default: what the default limits of a step's result allow for. */
  maxAnswerBytes?: number;
  /** Makes a call and reads its answer. Default: over the network. */
  exchange?: (exchange: Exchange) => Promise<Reply>;
}

export interface HttpRemote extends Remote {
  call(call: RemoteCall): Promise<CallAnswer>;
  close(): Promise<void>;
}

/** Headers of a call (PROTOCOL §1.2). */
function callHeaders(call: RemoteCall, serverKind: string): Record<string, string> {
  const { ctx, version: requestVersion } = call.request;
  const traceParent = traceParentOf(call);
  const named: Record<string, string> = {
    "content-type": "application/json",
    "user-agent": `stepfast/${version}`,
    [headers.serverKind]: serverKind,
    [headers.requestVersion]: String(requestVersion),
    [headers.runId]: ctx.run_id,
    [headers.stepId]: call.stepId,
    [headers.requestId]: call.requestId,
    [headers.generationId]: String(call.generation),
  };
  if (traceParent !== undefined) named[headers.traceparent] = traceParent;
  if (ctx.fn_id !== undefined) named[headers.checkpoints] = TAKES_MANY;
  if (ctx.job_id !== undefined) named[headers.jobId] = ctx.job_id;
  return named;
}

function read(call: RemoteCall, reply: Reply, rules: AnswerRules | undefined): CallAnswer {
  if (!isFromSdk(reply)) {
    const message = `${call.url} answered with status ${reply.status}, but not as an app that serves functions: is the path right?`;
    return callFailure("not_an_sdk", message);
  }
  const final = reply.status === 201 ? unwrapped(reply) : reply;
  if (!final) return callFailure("sdk_unreachable", `${call.url} ended its streamed answer too early`);
  if (wantsSignature(final)) {
    return callFailure("unauthorized", rules ? refusedByApp(call) : notInDevelopment(call));
  }
  if (!rules || isAuthentic(final, rules)) return answerOf(final);
  return callFailure("invalid_signature", notAuthentic(call, final));
}

/** An app in production mode refuses calls without a signature; without a key it can check none (PROTOCOL §1.3, §1.4). */
function wantsSignature({ status, body }: Reply): boolean {
  return status === 401 || (status === 500 && body.trim() === '{"code":"internal_server_error"}');
}

function notInDevelopment(call: RemoteCall): string {
  return `${call.url} is not in development mode, so it takes signed calls only: set isDev on its client, or INNGEST_DEV=1`;
}

function refusedByApp(call: RemoteCall): string {
  return `${call.url} refused this server's signature: give the app this server's signing key, and both the right time`;
}

function notAuthentic(call: RemoteCall, reply: Reply): string {
  if (headers.signature in reply.headers) {
    return `The answer of ${call.url} has a wrong signature: give the app this server's signing key, and both the right time`;
  }
  return `The answer of ${call.url} is not signed: is the app in development mode? For an SDK that signs no answers start the server with --allow-unsigned-answers`;
}

function unreachable(call: RemoteCall, error: unknown): CallAnswer {
  if (StepfastError.is(error) && error.code === "output_too_large") {
    return callFailure("output_too_large", error.message, true);
  }
  const { message = String(error), code } = error as { message?: string; code?: string };
  return callFailure(
    "sdk_unreachable",
    `Calling ${call.url} failed: ${message || code || "no reason given"}`,
  );
}

/** Calls functions over HTTP (PROTOCOL §3, §4). `close` ends connections; calls under way fail. */
export function httpRemote(options: HttpRemoteOptions = {}): HttpRemote {
  const { keys, allowUnsigned = false, timeoutMs = limits.sdkRequestMs, exchange = post } = options;
  const { maxAnswerBytes = answerBytes(limits) } = options;
  const rules = keys && { keys, allowUnsigned };
  const serverKind = options.serverKind ?? (keys ? "cloud" : "dev");
  // What is signed is the canonical form: sent in it, the text is made once.
  const bodyOf = (call: RemoteCall) => callBody(call.request, keys ? canonicalJson : JSON.stringify);
  const urls = new StepUrls();
  const dispatcher = new Agent({
    connections: CONNECTIONS_PER_APP,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A function may work in silence for the whole of its time: the limit is on the call as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    async call(call) {
      try {
        const headers = callHeaders(call, serverKind);
        const target: Exchange = call.endpoint
          ? { ...endpointRequest(call.endpoint, call, headers), timeoutMs, maxAnswerBytes, dispatcher }
          : { url: urls.of(call), headers, body: bodyOf(call), timeoutMs, maxAnswerBytes, dispatcher };
        return read(call, await (keys ? postSigned(target, keys) : exchange(target)), rules);
      } catch (error) {
        return unreachable(call, error);
      }
    },
    close: () => dispatcher.destroy(),
  };
}
