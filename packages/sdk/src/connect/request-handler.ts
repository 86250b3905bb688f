import { headers, limits, StepfastError } from "@stepfast/protocol";
import { type ExecutorRequest, executorRequest, sdkResponse, sdkStatuses } from "@stepfast/protocol/connect";
import { DefaultMaxRuntime } from "../execution/remote/checkpoint-defaults.ts";
import { sleep } from "../serve/backoff.ts";
import { answerCall } from "../serve/call.ts";
import type { CheckpointShortcut } from "../serve/checkpoint.ts";
import type { ServeRequest } from "../serve/exchange.ts";
import { internalFailure, responseOf } from "../serve/response.ts";
import { sdkHeaderValue } from "../version.ts";
import { type CheckpointWay, shortcutOver } from "./checkpoint-box.ts";
import type { WorkerApp } from "./worker-config.ts";

/** A call that came over a worker's connection goes on for longer than one over HTTP (PROTOCOL §7). */
const DEFAULT_VERSION = "2";

const statuses: Record<number, number> = {
  206: sdkStatuses.notCompleted,
  500: sdkStatuses.error,
};

/** Runs what a request asks for; bytes in, bytes out (PROTOCOL §11.2). Never rejects for what user code does. */
export function requestHandler(apps: ReadonlyMap<string, WorkerApp>, way: CheckpointWay) {
  return async (bytes: Uint8Array): Promise<Uint8Array> => {
    const request = executorRequest.decode(bytes);
    const answer = await answerTo(request, apps, shortcutOver(way, request));
    const { status, headers: answered, body } = withinLimit(answer);
    const retryAfter = answered[headers.retryAfter];
    const { requestId, accountId, envId, appId, systemTraceCtx, userTraceCtx, runId } = request;
    return sdkResponse.encode({
      requestId,
      accountId,
      envId,
      appId,
      status: statuses[status] ?? sdkStatuses.done,
      body,
      noRetry: answered[headers.noRetry] === "true",
      ...(retryAfter === undefined ? {} : { retryAfter }),
      sdkVersion: sdkHeaderValue,
      requestVersion: Number(answered[headers.requestVersion] ?? DEFAULT_VERSION),
      systemTraceCtx,
      userTraceCtx,
      runId,
    });
  };
}

/** What is larger would be refused; as one frame it might even end the connection, and others' calls with it. */
function withinLimit({ body, ...answer }: Awaited<ReturnType<typeof answerTo>>) {
  const bytes = new TextEncoder().encode(body);
  if (bytes.byteLength <= limits.sdkResponseBytes) return { ...answer, body: bytes };
  const message =
    `The answer of a connected worker is over ${limits.sdkResponseBytes} bytes (sdkResponseBytes): ` +
    "return a reference, or serve the app over HTTP, where a result may have stepOutputBytes";
  const refusal = internalFailure(new StepfastError("output_too_large", message));
  return {
    status: refusal.status,
    headers: { ...answer.headers, [headers.noRetry]: "true" },
    body: new TextEncoder().encode(JSON.stringify(refusal.json)),
  };
}

async function answerTo(
  request: ExecutorRequest,
  apps: ReadonlyMap<string, WorkerApp>,
  checkpointShortcut: CheckpointShortcut | undefined,
) {
  const common = { [headers.requestVersion]: DEFAULT_VERSION };
  try {
    const app = apps.get(request.appName);
    if (!app) {
      throw new StepfastError("app_not_found", `This worker does not have the app "${request.appName}"`);
    }
    const source = {
      ...app,
      nowMs: Date.now,
      sleep,
      maxRuntimeMs: DefaultMaxRuntime.connect,
      checkpointShortcut,
    };
    return responseOf(await answerCall(source, serveRequest(request)), common);
  } catch (error) {
    return responseOf(internalFailure(error), common);
  }
}

/** The request as if it had come over HTTP. */
function serveRequest(request: ExecutorRequest): ServeRequest {
  const url = new URL("http://connect/");
  url.searchParams.set("fnId", request.functionSlug);
  if (request.stepId) url.searchParams.set("stepId", request.stepId);
  const trace = traceOf(request.userTraceCtx);
  const known: Record<string, string> = {
    ...trace,
    [headers.requestId]: request.requestId,
    [headers.runId]: request.runId,
    ...(request.jobId === "" ? {} : { [headers.jobId]: request.jobId }),
  };
  return {
    method: "POST",
    url,
    header: (name) => known[name],
    body: new TextDecoder().decode(request.requestPayload),
  };
}

function traceOf(bytes: Uint8Array): Record<string, string> {
  if (bytes.byteLength === 0) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { traceparent, tracestate } = (value ?? {}) as Record<string, unknown>;
    return {
      ...(typeof traceparent === "string" ? { traceparent } : {}),
      ...(typeof tracestate === "string" ? { tracestate } : {}),
    };
  } catch {
    return {};
  }
}
