import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type GatewayEvent, type GatewayResponse, gatewayHandler } from "./gateway-event.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "aws-lambda";

export type LambdaHandler = (event: GatewayEvent, context?: unknown) => Promise<GatewayResponse>;

/**
 * Serves functions as an AWS Lambda function, `export const handler = serve({ client, functions })`, behind an API gateway
 * (HTTP or REST), a function URL or a load balancer. Cannot stream. Throws `duplicate_function` if two functions have the
 * same id.
 */
export function serve(options: ServeHandlerOptions): LambdaHandler {
  return gatewayHandler(new Endpoint({ ...options, frameworkName }), () => "https");
}
