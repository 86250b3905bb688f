import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { answerWebRequest } from "./web-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "bun";

export type BunHandler = (request: Request) => Promise<Response>;

/**
 * Serves functions in Bun: `Bun.serve({ routes: { "/api/inngest": serve({ client, functions }) } })`.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): BunHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return (request) => answerWebRequest(endpoint, request);
}
