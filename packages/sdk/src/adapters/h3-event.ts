import type { ServerResponse } from "node:http";
import type { Endpoint } from "../serve/endpoint.ts";
import { type NodeRequest, responseTo } from "./node-message.ts";
import { answerWebRequest } from "./web-message.ts";

/** What is used of an event of h3 2: a web-standard request. */
export interface H3WebEvent {
  req: Request;
}

/** What is used of an event of h3 1: Node's objects, or what stands in for them on other runtimes. */
export interface H3NodeEvent {
  node: { req: NodeRequest; res: ServerResponse };
  /** The web-standard request, where the runtime has one. */
  web?: { request?: Request } | undefined;
}

export type H3Event = H3WebEvent | H3NodeEvent;

export type H3Handler = (event: H3Event) => Promise<Response>;

/** Takes events of h3 1.8 and later, and of h3 2. */
export function h3Handler(endpoint: Endpoint): H3Handler {
  return (event) =>
    isWebEvent(event) ? answerWebRequest(endpoint, event.req) : answerNodeEvent(endpoint, event);
}

// Events of h3 1 have `req`, too: Node's, whose headers are a plain object.
function isWebEvent(event: H3Event): event is H3WebEvent {
  return "req" in event && typeof event.req.headers.get === "function";
}

async function answerNodeEvent(endpoint: Endpoint, event: H3NodeEvent): Promise<Response> {
  const { req, res } = event.node;
  const { status, headers, body } = await responseTo(endpoint, req, res, { body: keptBody(event) });
  return new Response(body, { status, headers });
}

// Where h3 1 keeps, for everybody, what it has read of Node's request.
const RAW_BODY = Symbol.for("h3RawBody");

/** Where else h3 1 and Nitro keep a body that was read already, or that never came through Node. */
interface Keepers {
  event: H3NodeEvent & { _requestBody?: unknown };
  req: NodeRequest & { rawBody?: unknown; [RAW_BODY]?: unknown };
}

function keptBody(event: H3NodeEvent): unknown {
  const { event: kept, req }: Keepers = { event, req: event.node.req };
  const webBody = event.web?.request?.body;
  const body = req[RAW_BODY] ?? kept._requestBody ?? webBody ?? req.rawBody ?? req.body;
  // A stand-in for Node's request has no end to wait for.
  return body === undefined && event.web ? null : body;
}
