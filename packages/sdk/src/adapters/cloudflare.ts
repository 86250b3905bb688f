import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { stringsOf } from "./bindings.ts";
import { answerWebRequest } from "./web-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "cloudflare-pages";

/** What a function of Cloudflare Pages is called with. */
export interface PagesContext {
  request: Request;
  env?: unknown;
}

/** Arguments of a function of Cloudflare Pages, and of a Worker. */
export type PagesHandlerArgs = [PagesContext];
export type WorkersHandlerArgs = [Request, Record<string, string | undefined>];

/** Called as a function of Pages is, with one context, or as a Worker is, with request and bindings. */
export type CloudflareHandler = (first: Request | PagesContext, bindings?: unknown) => Promise<Response>;

/**
 * Serves functions on Cloudflare: `export const onRequest = serve({ client, functions })` in Pages, `export default { fetch:
 * serve({ client, functions }) }` in a Worker. Variables are taken from the bindings. Streams. Throws
 * `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): CloudflareHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return (first, bindings) => {
    const { request, env } = first instanceof Request ? { request: first, env: bindings } : first;
    const variables = stringsOf(env);
    return answerWebRequest(endpoint, request, variables ? { env: variables } : {});
  };
}
