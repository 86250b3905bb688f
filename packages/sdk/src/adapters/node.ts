import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createEndpointAdapter, type WebHandler } from "../endpoint/adapter.ts";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { answerNodeRequest, readText } from "./node-message.ts";
import { answerByWebHandler } from "./node-web-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "nodejs";

/**
 * For `new Inngest({ endpointAdapter })`: durable endpoints take `Request` and return `Response`; `serveEndpoint` puts
 * one behind Node's requests.
 */
export const endpointAdapter = createEndpointAdapter(frameworkName);

const DEFAULT_PATH = "/api/inngest";

export type EndpointHandler = WebHandler;

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Serves functions at whatever path requests come in: `http.createServer(serve({ client, functions }))`. Streams.
 * Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): NodeHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return (request, response) => answerNodeRequest(endpoint, request, response);
}

/** An HTTP server, not listening yet, with the functions at `servePath` (default `/api/inngest`) and 404 elsewhere. */
export function createServer(options: ServeHandlerOptions): Server {
  const handler = serve(options);
  const path = options.servePath ?? DEFAULT_PATH;
  return createHttpServer((request, response) => {
    if (pathOf(request) === path) void handler(request, response);
    else notFound(response, path);
  });
}

/** Puts a handler of `Request`s, such as a durable endpoint, behind Node's: `http.createServer(serveEndpoint(handler))`. */
export function serveEndpoint(handler: WebHandler): NodeHandler {
  return (request, response) => answerByWebHandler(handler, request, response);
}

/** An HTTP server, not listening yet, with a durable endpoint at every path. */
export function createEndpointServer(handler: WebHandler): Server {
  const listener = serveEndpoint(handler);
  return createHttpServer((request, response) => void listener(request, response));
}

/** The body of a Node request, as text. Rejects if it is larger than a call may be. */
export function readRequestBody(request: IncomingMessage): Promise<string> {
  return readText(request);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}

function notFound(response: ServerResponse, path: string): void {
  response.writeHead(404, { "content-type": "application/json" });
  response.end(JSON.stringify({ code: "not_found", message: `the functions are served at ${path}` }));
}
