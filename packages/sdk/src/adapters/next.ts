import type { ServerResponse } from "node:http";
import { createEndpointAdapter } from "../endpoint/adapter.ts";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { answerNodeRequest, type NodeRequest } from "./node-message.ts";
import { answerWebRequest } from "./web-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "nextjs";

/** For `new Inngest({ endpointAdapter })`: durable endpoints take `Request` and return `Response`. */
export const endpointAdapter = createEndpointAdapter(frameworkName);

/** A route handler of the App Router. */
export type RouteHandler = (request: Request) => Promise<Response>;
export type RequestHandler = NextHandler;

/** The handler for both routers: `export default` it in `pages/api`, or export its methods from an `app` route. */
export interface NextHandler {
  (request: Request | NodeRequest, response?: unknown): Promise<Response | undefined>;
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  readonly PUT: RouteHandler;
}

/**
 * Serves functions in a Next app: `export const { GET, POST, PUT } = serve({ client, functions })`. Streams. Throws
 * `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): NextHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  const route: RouteHandler = (request) =>
    answerWebRequest(endpoint, request, { host: request.headers.get("host") });
  const handler = async (
    request: Request | NodeRequest,
    response?: unknown,
  ): Promise<Response | undefined> => {
    if (isNodeResponse(response)) {
      await answerNodeRequest(endpoint, request as NodeRequest, response);
      return undefined;
    }
    return route(request as Request);
  };
  return Object.assign(handler, { GET: route, POST: route, PUT: route });
}

// The second argument of an App Router handler is a plain object with the route's parameters.
function isNodeResponse(value: unknown): value is ServerResponse {
  return typeof (value as Partial<ServerResponse> | undefined)?.setHeader === "function";
}
