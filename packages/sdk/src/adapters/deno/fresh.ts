import { Endpoint } from "../../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../../serve/serve-options.ts";
import { answerWebRequest } from "../web-message.ts";

export type { ServeHandlerOptions } from "../../serve/serve-options.ts";

export const frameworkName = "deno/fresh";

export type FreshHandler = (request: Request) => Promise<Response>;

/**
 * Serves functions in Deno: `Deno.serve(serve({ client, functions }))`, or as the handler of a Fresh route.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): FreshHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return (request) => answerWebRequest(endpoint, request);
}
