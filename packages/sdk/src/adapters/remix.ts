import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type WebEventHandler, webEventHandler } from "./web-event.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "remix";

export type RemixHandler = WebEventHandler;

/**
 * Serves functions in a Remix route: `const handler = serve({ client, functions }); export { handler as action, handler as loader }`.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): RemixHandler {
  return webEventHandler(new Endpoint({ ...options, frameworkName }));
}
