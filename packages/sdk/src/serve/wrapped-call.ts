import { StepfastError } from "@stepfast/protocol";
import type { AnyFunction } from "../execution/replay.ts";
import type { RequestInfo, RequestResponse } from "../middleware/base.ts";
import type { MiddlewareChain } from "../middleware/chain.ts";
import { parseBody } from "./body.ts";
import type { Reply, ServeRequest } from "./exchange.ts";

export interface WrappedCall {
  chain: MiddlewareChain;
  fn: AnyFunction;
  request: ServeRequest;
  runId: string;
}

/** A call inside its middleware's `wrapRequest`, which sees the response as it will be sent and may replace it. */
export async function wrappedCall(call: WrappedCall, answer: () => Promise<Reply>): Promise<Reply> {
  const { chain, fn, request, runId } = call;
  const args = { fn, requestArgs: [], requestInfo: requestInfo(request), runId };
  return replyOf(await chain.wrapRequest(args, async () => responseOf(await answer())));
}

function requestInfo(request: ServeRequest): RequestInfo {
  return {
    body: async () => parseBody(request.body),
    headers: headersOf(request),
    method: request.method,
    url: request.url,
  };
}

/** Headers by name, whatever its case; frameworks keep them too differently to list them. */
function headersOf(request: ServeRequest): Readonly<Record<string, string>> {
  return new Proxy<Record<string, string>>(
    {},
    { get: (_, name) => (typeof name === "string" ? request.header(name.toLowerCase()) : undefined) },
  );
}

function responseOf({ status, headers = {}, json }: Reply): RequestResponse {
  return { status, headers, body: json === undefined ? "" : JSON.stringify(json) };
}

function replyOf({ status, headers, body }: RequestResponse): Reply {
  if (body === "") return { status, headers, json: undefined };
  try {
    return { status, headers, json: JSON.parse(body) };
  } catch (cause) {
    throw new StepfastError("invalid_request", "A middleware's wrapRequest gave a body that is not JSON", {
      cause,
    });
  }
}
