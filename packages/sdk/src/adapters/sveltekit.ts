import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type WebEventHandler, webEventHandler } from "./web-event.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "sveltekit";

/** The handler, and the same under the name of each method. */
export type SvelteKitHandler = WebEventHandler & Readonly<Record<"GET" | "POST" | "PUT", WebEventHandler>>;

/**
 * Serves functions in a SvelteKit route: `export const { GET, POST, PUT } = serve({ client, functions })`.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): SvelteKitHandler {
  const handler = webEventHandler(new Endpoint({ ...options, frameworkName }));
  const named: WebEventHandler = (event) => handler(event);
  return Object.assign(named, { GET: handler, POST: handler, PUT: handler });
}
