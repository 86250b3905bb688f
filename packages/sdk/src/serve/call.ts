import { type CallRequest, headers as names, StepfastError, TAKES_MANY } from "@stepfast/protocol";
import { callRemote } from "../execution/remote/call.ts";
import type { AnyFunction } from "../execution/replay.ts";
import { chainFor, type MiddlewareChain } from "../middleware/chain.ts";
import { sdkHeaderValue } from "../version.ts";
import type { Sleep } from "./backoff.ts";
import { parseBody } from "./body.ts";
import { callRequest, callTarget } from "./call-request.ts";
import { callReply } from "./call-response.ts";
import { CancelWatch } from "./cancel-watch.ts";
import type { CatalogEntry, FunctionCatalog } from "./catalog.ts";
import { type CheckpointShortcut, checkpointer, mayCheckpoint } from "./checkpoint.ts";
import { batchesOf } from "./checkpoint-batches.ts";
import type { ServeClient } from "./contract.ts";
import type { Reply, ResponseHeaders, ServeRequest } from "./exchange.ts";
import { printable } from "./response-headers.ts";
import { withRunState } from "./run-state.ts";
import { wrappedCall } from "./wrapped-call.ts";

export interface CallSource {
  client: ServeClient;
  catalog: FunctionCatalog;
  nowMs: () => number;
  sleep: Sleep;
  /** How long a call may go on if neither the function nor its client says. Default 10 s. */
  maxRuntimeMs?: number;
  /** How to save steps, where there is a better way than the API. */
  checkpointShortcut?: CheckpointShortcut | undefined;
}

/** Runs a function, or one step of it, as a request says, and answers as PROTOCOL §4 wants it. */
export async function answerCall(source: CallSource, request: ServeRequest): Promise<Reply> {
  const startedAt = source.nowMs();
  const { slug, stepId } = callTarget(request);
  const { fn, maxAttempts } = entryOf(source.catalog, slug);
  const sent = callRequest(parseBody(request.body), request, stepId, maxAttempts);
  const chain = chainFor(fn);
  const answer = () => runCall(source, request, { fn, slug, sent, chain, startedAt });
  return chain ? wrappedCall({ chain, fn, request, runId: sent.ctx.run_id }, answer) : answer();
}

interface ReceivedCall {
  fn: AnyFunction;
  slug: string;
  sent: CallRequest;
  chain: MiddlewareChain | undefined;
  startedAt: number;
}

async function runCall(source: CallSource, request: ServeRequest, received: ReceivedCall): Promise<Reply> {
  const { client, nowMs, sleep, maxRuntimeMs } = source;
  const { fn, slug, sent, chain, startedAt } = received;
  const headers = apiHeaders(client, request);
  const shortcut = source.checkpointShortcut ?? batchesFor(client, request);
  const call = sent.ctx.use_api ? await withRunState({ client, headers, sleep }, sent) : sent;
  const checkpoint = mayCheckpoint(call.ctx)
    ? checkpointer({ client, headers, ctx: call.ctx, startedAt, nowMs, sleep, shortcut })
    : undefined;
  const { run_id: runId } = call.ctx;
  const cancellation = new CancelWatch({ client, headers, runId, sleep, request });
  const parts = { fn, slug, client, request: call, checkpoint, cancellation, chain, maxRuntimeMs };
  try {
    return callReply(await callRemote(parts));
  } finally {
    cancellation.stop();
  }
}

/** Where the server takes several checkpoints at a time. */
function batchesFor(client: ServeClient, request: ServeRequest): CheckpointShortcut | undefined {
  return request.header(names.checkpoints) === TAKES_MANY ? batchesOf(client) : undefined;
}

function entryOf(catalog: FunctionCatalog, slug: string): CatalogEntry {
  const entry = catalog.find(slug);
  if (entry) return entry;
  throw new StepfastError(
    "function_not_found",
    `this app serves no function "${slug}": add it to the functions of serve, or sync the app again if it is gone`,
  );
}

function apiHeaders(client: ServeClient, request: ServeRequest): ResponseHeaders {
  const headers: ResponseHeaders = { "content-type": "application/json", [names.sdk]: sdkHeaderValue };
  if (client.env) headers[names.env] = client.env;
  for (const name of ["traceparent", "tracestate"]) {
    const value = request.header(name);
    if (value) headers[name] = value;
  }
  return printable(headers);
}
