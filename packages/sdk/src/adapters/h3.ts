import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type H3Handler, h3Handler } from "./h3-event.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "h3";

/**
 * Serves functions in an h3 app: `app.use("/api/inngest", eventHandler(serve({ client, functions })))` with h3 1,
 * `app.all("/api/inngest", serve({ client, functions }))` with h3 2.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): H3Handler {
  return h3Handler(new Endpoint({ ...options, frameworkName }));
}
