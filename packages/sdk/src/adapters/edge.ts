import { createEndpointAdapter } from "../endpoint/adapter.ts";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { answerWebRequest } from "./web-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "edge";

/** For `new Inngest({ endpointAdapter })`: durable endpoints take `Request` and return `Response`. */
export const endpointAdapter = createEndpointAdapter(frameworkName);

export type EdgeHandler = (request: Request) => Promise<Response>;

/**
 * Serves functions on any runtime that speaks `Request` and `Response`: workers, Deno, Bun, Node's fetch servers.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): EdgeHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return (request) => answerWebRequest(endpoint, request);
}
