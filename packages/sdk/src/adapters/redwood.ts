import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type GatewayEvent, type GatewayResponse, gatewayHandler } from "./gateway-event.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "redwoodjs";

export type RedwoodResponse = GatewayResponse;

export type RedwoodHandler = (event: GatewayEvent, context?: unknown) => Promise<RedwoodResponse>;

/**
 * Serves functions as a function of Redwood's API side: `export const handler = serve({ client, functions, servePath:
 * "/api/inngest" })`. Redwood's functions see their path without the prefix of the API side: say it with `servePath`. The
 * endpoint's URL is `http` in development, else `https`, unless a proxy says. Cannot stream. Throws `duplicate_function`
 * if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): RedwoodHandler {
  const { client } = options;
  const endpoint = new Endpoint({ ...options, frameworkName });
  return gatewayHandler(endpoint, () => (client.environment.NODE_ENV === "development" ? "http" : "https"));
}
