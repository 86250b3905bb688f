import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type H3Handler, h3Handler } from "./h3-event.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "nuxt";

/**
 * Serves functions in a Nuxt app: `export default defineEventHandler(serve({ client, functions }))` in
 * `server/api/inngest.ts`.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): H3Handler {
  return h3Handler(new Endpoint({ ...options, frameworkName }));
}
