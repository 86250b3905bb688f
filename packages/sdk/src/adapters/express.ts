import type { ServerResponse } from "node:http";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { answerNodeRequest, type NodeRequest } from "./node-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "express";

export type ExpressHandler = (request: NodeRequest, response: ServerResponse) => Promise<void>;

/**
 * Serves functions in an Express app: `app.use("/api/inngest", serve({ client, functions }))`. Reads the body itself
 * unless a parser did; `express.json()` refuses bodies above 100 kB by default, so mount this before it or raise its
 * limit. Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): ExpressHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return (request, response) => answerNodeRequest(endpoint, request, response);
}
