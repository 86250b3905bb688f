import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { stringsOf } from "./bindings.ts";
import { answerWebRequest } from "./web-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "hono";

/** What is used of a Hono `Context`. */
export interface HonoContext {
  req: { raw: Request; text(): Promise<string> };
  env: unknown;
}

export type HonoHandler = (context: HonoContext) => Promise<Response>;

/**
 * Serves functions in a Hono app: `app.on(["GET", "POST", "PUT"], "/api/inngest", serve({ client, functions }))`.
 * Streams. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): HonoHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return (context) => {
    const env = stringsOf(context.env);
    return answerWebRequest(endpoint, context.req.raw, {
      text: () => context.req.text(),
      ...(env ? { env } : {}),
    });
  };
}
