import {
  type CallAnswer,
  type CallRequest,
  headers as names,
  signedText,
  verifiedKey,
} from "@stepfast/protocol";
import { completeOp } from "../execution/step-ops.ts";
import { signed } from "../serve/authority.ts";
import { sleep } from "../serve/backoff.ts";
import { callReply } from "../serve/call-response.ts";
import type { ServeClient } from "../serve/contract.ts";
import type { Reply, ServeResponse } from "../serve/exchange.ts";
import { internalFailure, responseOf as sentResponse } from "../serve/response.ts";
import { anonymousHeaders, identityHeaders } from "../serve/response-headers.ts";
import { withRunState } from "../serve/run-state.ts";
import { runEndpoint } from "./endpoint-run.ts";
import { EventStream } from "./event-stream.ts";
import type { EndpointOptions } from "./options.ts";
import { apiHeaders } from "./run-api.ts";
import { responseOf, type StoredResponse, storedResponse } from "./stored-response.ts";
import { type Tee, teeStream } from "./tee.ts";

export interface CalledRunParts {
  client: ServeClient;
  frameworkName: string;
  options: EndpointOptions;
  request: Request;
  handler: (request: Request) => unknown;
}

/** Whether a request is a server's call to go on with a run (PROTOCOL §7.1). */
export function isInngestRequest(request: Request): boolean {
  return Boolean(request.headers.get(names.runId)) && request.headers.get(names.signature) !== null;
}

type Verdict = { refused: Reply; key?: undefined } | { refused?: undefined; key: string | undefined };

/** Goes on with a run because the server says so; signed, where the mode is production. */
export async function answerCalledRun(parts: CalledRunParts): Promise<Response> {
  const { client, frameworkName, request } = parts;
  const { refused, key } = await verdict(client, request);
  if (refused) return webResponse(sentResponse(refused, anonymousHeaders()));
  const reply = await callReplyOf(parts).catch(internalFailure);
  const header = (name: string) => request.headers.get(name) ?? undefined;
  const source = { client, frameworkName, env: client.environment };
  const common = identityHeaders(source, {
    method: "POST",
    url: new URL(request.url),
    header,
    body: undefined,
  });
  const version = { [names.requestVersion]: "2" };
  const response = sentResponse(reply, { ...common, ...version });
  return webResponse(await signed(response, { key, nowMs: Date.now() }));
}

function webResponse({ status, headers, body }: ServeResponse): Response {
  return new Response(body, { status, headers });
}

async function verdict(client: ServeClient, request: Request): Promise<Verdict> {
  if (client.mode === "dev") return { key: undefined };
  const { signingKey, signingKeyFallback } = client;
  if (!signingKey) return { refused: { status: 500, json: { code: "internal_server_error" } } };
  const body = /^(?:POST|PUT)$/i.test(request.method) ? await request.clone().text() : "";
  const text = signedText(body) ?? body;
  const signature = request.headers.get(names.signature) ?? undefined;
  const key = await verifiedKey({
    text,
    signature,
    keys: [signingKey, signingKeyFallback],
    nowMs: Date.now(),
  });
  return key === undefined ? { refused: { status: 401, json: { message: "Unauthorized" } } } : { key };
}

async function callReplyOf(parts: CalledRunParts): Promise<Reply> {
  const { client, options, request, handler } = parts;
  const call = await withRunState({ client, headers: apiHeaders(client), sleep }, callOf(request));
  const stream = new EventStream(call.ctx.run_id, () => tee.open());
  const tee = teeStream(client, call.ctx.run_id, stream);
  const [event = call.event] = call.events;
  const answer = await runEndpoint({
    client,
    options,
    name: `${request.method} ${new URL(request.url).pathname}`,
    request: { ...call, event },
    stream,
    handler: async () => storedResponse(responseOf(await handler(request.clone())), true),
  });
  endStream(stream, answer, tee);
  // The caller hears of the end before the run has ended.
  await tee.close();
  return callReply(answer.kind === "complete" ? completed(answer) : answer);
}

/** What a call's body says elsewhere stands in headers here; events and steps are fetched. */
function callOf({ headers }: Request): CallRequest {
  const none = { name: "", data: {}, user: {}, id: "", ts: 0 };
  const ctx = {
    run_id: headers.get(names.runId) ?? "",
    env: "",
    step_id: headers.get(names.stepId) || "step",
    attempt: Number(headers.get(names.attempt)) || 0,
    // The server counts: it knows how often what was called.
    max_attempts: Number.POSITIVE_INFINITY,
    stack: { stack: [], current: 0 },
    disable_immediate_execution: headers.get(names.forceStepPlan) === "true",
    use_api: true,
  };
  return { event: none, events: [], steps: {}, ctx, version: 2 };
}

function completed({ output, version }: Extract<CallAnswer, { kind: "complete" }>): CallAnswer {
  return { kind: "ops", ops: [completeOp(output)], ...(version === undefined ? {} : { version }) };
}

function endStream(stream: EventStream, answer: CallAnswer, tee: Tee): void {
  const complete = answer.kind === "ops" ? answer.ops.find((op) => op.op === "RunComplete") : undefined;
  const output = answer.kind === "complete" ? answer.output : complete?.data;
  const hasFailed = answer.kind === "error" && answer.noRetry;
  // Who waits for the response hears of it, whether or not anything else was streamed.
  if (output !== undefined || hasFailed) tee.open();
  if (output !== undefined) stream.respond(output as unknown as StoredResponse);
  else if (hasFailed) stream.fail(answer.error.message);
  else stream.end();
}
