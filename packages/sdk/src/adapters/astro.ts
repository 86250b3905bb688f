import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type WebEventHandler, webEventHandler } from "./web-event.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "astro";

/** The handler, and the same under the name of each method. */
export type AstroHandler = WebEventHandler & Readonly<Record<"GET" | "POST" | "PUT", WebEventHandler>>;

/**
 * Serves functions in an Astro endpoint: `export const { GET, POST, PUT } = serve({ client, functions })`.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): AstroHandler {
  const handler = webEventHandler(new Endpoint({ ...options, frameworkName }));
  const named: WebEventHandler = (event) => handler(event);
  return Object.assign(named, { GET: handler, POST: handler, PUT: handler });
}
