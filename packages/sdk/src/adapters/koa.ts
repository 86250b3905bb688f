import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeHandlerOptions } from "../serve/serve-options.ts";
import { type NodeRequest, responseTo } from "./node-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "koa";

/** What is used of a Koa context. */
export interface KoaContext {
  req: NodeRequest;
  res: ServerResponse;
  /** A parser's `body`, if one is installed. */
  request: object;
  /** As Koa has it, which believes a proxy if the app was told to. */
  host: string;
  originalUrl: string;
  status: number;
  body: unknown;
  set(headers: Record<string, string>): void;
}

export type KoaHandler = (context: KoaContext) => Promise<void>;

/**
 * Serves functions in a Koa app, at whatever paths it is called for: `const handler = serve({ client, functions })`, then
 * `app.use((ctx, next) => (ctx.path === "/api/inngest" ? handler(ctx) : next()))`. Reads the body itself unless a parser
 * did; parsers refuse bodies above 1 MB by default, so use this before them or raise their limit. Streams. Throws
 * `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): KoaHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return async (context) => {
    const { req, res, request, originalUrl, host } = context;
    const parsed = (request as { body?: unknown }).body;
    const { status, headers, body } = await responseTo(endpoint, req, res, {
      path: originalUrl,
      host,
      body: parsed,
    });
    context.status = status;
    context.body = typeof body === "string" ? body : Readable.fromWeb(body as NodeReadableStream);
    // Last: setting a body sets a content type.
    context.set(headers);
  };
}
