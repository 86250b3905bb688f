import type { EndpointFacts, RemoteCall } from "@stepfast/engine";
import { canonicalJson, headers } from "@stepfast/protocol";
import type { Exchange } from "./http-exchange.ts";

type Request = Pick<Exchange, "url" | "method" | "headers" | "body" | "signedText">;

/** A call of a durable endpoint: the request that began its run, again, with the run's id (PROTOCOL §7.1). */
export function endpointRequest(
  endpoint: EndpointFacts,
  { request: { ctx } }: RemoteCall,
  callHeaders: Record<string, string>,
): Request {
  const { "content-type": _json, ...common } = callHeaders;
  return {
    url: new URL(endpoint.url),
    method: (endpoint.method || "GET").toUpperCase() as Exchange["method"],
    headers: {
      ...common,
      ...(endpoint.contentType === "" ? {} : { "content-type": endpoint.contentType }),
      // That it is there, be it empty, tells the SDK of a call; a signature replaces it.
      [headers.signature]: "",
      [headers.attempt]: String(ctx.attempt),
      [headers.forceStepPlan]: String(ctx.disable_immediate_execution),
    },
    body: endpoint.body,
    signedText: signedText(endpoint),
  };
}

/** What the signature is made over: the body in canonical form, where the method says that there is one. */
function signedText({ method, body }: EndpointFacts): string {
  if (!/^(?:POST|PUT)$/i.test(method) || body === "") return "";
  try {
    return canonicalJson(JSON.parse(body));
  } catch {
    return body;
  }
}
