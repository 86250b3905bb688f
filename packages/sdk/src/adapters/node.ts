import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { answerNodeRequest } from "./node-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "nodejs";

const DEFAULT_PATH = "/api/inngest";

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

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?")[0] ?? "/";
}

function notFound(response: ServerResponse, path: string): void {
  response.writeHead(404, { "content-type": "application/json" });
  response.end(JSON.stringify({ code: "not_found", message: `the functions are served at ${path}` }));
}
