import { setMaxListeners } from "node:events";
import type { Remote, RemoteCall } from "@stepfast/engine";
import { type CallAnswer, headers, limits, StepfastError } from "@stepfast/protocol";
import { Agent } from "undici";
import { version } from "../version.ts";
import { answerOf, callFailure, isFromSdk, unwrapped } from "./answer.ts";
import { callBody } from "./call-body.ts";
import { post } from "./http-exchange.ts";
import type { Reply } from "./reply.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS_PER_APP = 512;

export interface HttpRemoteOptions {
  /** How long one call may take. Default 2 hours. */
  timeoutMs?: number;
}

function stepUrl(call: RemoteCall): URL {
  const url = new URL(call.url);
  url.searchParams.set("fnId", call.functionId);
  url.searchParams.set("stepId", call.stepId);
  return url;
}

/** Headers of a call (PROTOCOL §1.2). */
function callHeaders(call: RemoteCall): Record<string, string> {
  const { ctx, version: requestVersion } = call.request;
  return {
    "content-type": "application/json",
    "user-agent": `stepfast/${version}`,
    [headers.serverKind]: "dev",
    [headers.requestVersion]: String(requestVersion),
    [headers.runId]: ctx.run_id,
    [headers.stepId]: call.stepId,
    [headers.requestId]: call.requestId,
    [headers.generationId]: String(call.generation),
    ...(ctx.job_id === undefined ? {} : { [headers.jobId]: ctx.job_id }),
  };
}

function read(call: RemoteCall, reply: Reply): CallAnswer {
  if (!isFromSdk(reply)) {
    const message = `${call.url} answered with status ${reply.status}, but not as an app that serves functions: is the path right?`;
    return callFailure("not_an_sdk", message);
  }
  if (reply.status !== 201) return answerOf(reply);
  const inner = unwrapped(reply);
  return inner
    ? answerOf(inner)
    : callFailure("sdk_unreachable", `${call.url} ended its streamed answer too early`);
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

/** A signal that follows the call's own and a time limit. `release` lets both go. */
function limited(call: RemoteCall, timeoutMs: number): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const follow = () => controller.abort(call.signal.reason);
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  // The calls of a run's parallel steps share a signal: many listeners are no leak.
  setMaxListeners(0, call.signal);
  call.signal.addEventListener("abort", follow, { once: true });
  if (call.signal.aborted) follow();
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", follow);
    },
  };
}

/** Calls functions over HTTP (PROTOCOL §3, §4). `close` ends connections; calls under way fail. */
export function httpRemote(options: HttpRemoteOptions = {}): Remote & { close(): Promise<void> } {
  const timeoutMs = options.timeoutMs ?? limits.sdkRequestMs;
  const dispatcher = new Agent({
    connections: CONNECTIONS_PER_APP,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A function may work in silence for the whole of its time: the limit is on the call as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    async call(call) {
      const limit = limited(call, timeoutMs);
      try {
        const target = { url: stepUrl(call), headers: callHeaders(call), body: callBody(call.request) };
        return read(call, await post({ ...target, signal: limit.signal, dispatcher }));
      } catch (error) {
        return unreachable(call, error);
      } finally {
        limit.release();
      }
    },
    close: () => dispatcher.destroy(),
  };
}
