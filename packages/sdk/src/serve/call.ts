import { headers as names, StepfastError } from "@stepfast/protocol";
import { callRemote } from "../execution/remote/call.ts";
import { sdkHeaderValue } from "../version.ts";
import type { Sleep } from "./backoff.ts";
import { parseBody } from "./body.ts";
import { callRequest, callTarget } from "./call-request.ts";
import { callReply } from "./call-response.ts";
import type { CatalogEntry, FunctionCatalog } from "./catalog.ts";
import { checkpointer, mayCheckpoint } from "./checkpoint.ts";
import type { ServeClient } from "./contract.ts";
import type { Reply, ResponseHeaders, ServeRequest } from "./exchange.ts";
import { printable } from "./response-headers.ts";
import { withRunState } from "./run-state.ts";

export interface CallSource {
  client: ServeClient;
  catalog: FunctionCatalog;
  nowMs: () => number;
  sleep: Sleep;
}

/** Runs a function, or one step of it, as a request says, and answers as PROTOCOL §4 wants it. */
export async function answerCall(source: CallSource, request: ServeRequest): Promise<Reply> {
  const { client, nowMs, sleep } = source;
  const startedAt = nowMs();
  const { slug, stepId } = callTarget(request);
  const { fn, maxAttempts } = entryOf(source.catalog, slug);
  const sent = callRequest(parseBody(request.body), request, stepId, maxAttempts);
  const headers = apiHeaders(client, request);
  const call = sent.ctx.use_api ? await withRunState({ client, headers, sleep }, sent) : sent;
  const checkpoint = mayCheckpoint(call.ctx)
    ? checkpointer({ client, headers, ctx: call.ctx, startedAt, nowMs, sleep })
    : undefined;
  const answer = await callRemote({ fn, slug, client, request: call, checkpoint, signal: request.signal });
  return callReply(answer);
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
