import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { limits } from "@stepfast/protocol";
import type { ServeClient, ServedFunction } from "../serve/contract.ts";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeRequest } from "../serve/exchange.ts";
import type { RegisterOptions, ServeHandlerOptions } from "../serve/serve-options.ts";
import { hangUpSignal, nodeHeader, nodeUrl } from "./node-message.ts";

export type { ServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "fastify";

const DEFAULT_PATH = "/api/inngest";

/** What is used of a Fastify request. */
export interface FastifyRequestLike {
  method: string;
  originalUrl: string;
  body: unknown;
  raw: IncomingMessage;
}

/** What is used of a Fastify reply. */
export interface FastifyReplyLike {
  raw: ServerResponse;
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(payload: unknown): unknown;
}

/** What the plugin uses of a Fastify instance. */
export interface FastifyLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    contentType: string,
    options: { parseAs: "string"; bodyLimit: number },
    parser: (request: never, body: string, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  route(options: {
    method: ["GET", "POST", "PUT"];
    url: string;
    bodyLimit: number;
    handler: FastifyHandler;
  }): unknown;
}

export type FastifyHandler = (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>;

export interface InngestPluginOptions {
  client: ServeClient;
  functions: readonly ServedFunction[];
  options?: RegisterOptions;
}

/**
 * Serves functions as a Fastify route handler. Fastify parses the body and refuses more than 1 MiB unless the route
 * says otherwise: the plugin, this module's default export, sets both. Throws `duplicate_function`.
 */
export function serve(options: ServeHandlerOptions): FastifyHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return async (request, reply) => {
    const response = await answer(endpoint, request, reply);
    reply.code(response.status);
    reply.headers(response.headers);
    const { body } = response;
    return reply.send(typeof body === "string" ? body : Readable.fromWeb(body as NodeReadableStream));
  };
}

async function answer(endpoint: Endpoint, request: FastifyRequestLike, reply: FastifyReplyLike) {
  try {
    return await endpoint.handle(readRequest(request, reply), true);
  } catch (error) {
    return endpoint.unreadable(error);
  }
}

function readRequest(
  { method, originalUrl, body, raw }: FastifyRequestLike,
  reply: FastifyReplyLike,
): ServeRequest {
  return {
    method,
    url: nodeUrl(raw, originalUrl),
    header: (name) => nodeHeader(raw, name),
    body,
    signal: hangUpSignal(reply.raw),
  };
}

/**
 * Serves functions at `options.servePath` (default `/api/inngest`):
 * `fastify.register(inngestFastify, { client, functions })`.
 */
export function fastifyPlugin(
  fastify: FastifyLike,
  plugin: InngestPluginOptions,
  done: (error?: Error) => void,
): void {
  try {
    const { client, functions, options = {} } = plugin;
    const handler = serve({ ...options, client, functions });
    // Only for routes of this plugin: the body arrives as it was sent, and what is wrong with it is answered here.
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser(
      "*",
      { parseAs: "string", bodyLimit: limits.requestBytes },
      (_request, body, parsed) => parsed(null, body),
    );
    const url = options.servePath ?? DEFAULT_PATH;
    fastify.route({ method: ["GET", "POST", "PUT"], url, bodyLimit: limits.requestBytes, handler });
    done();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

export default fastifyPlugin;
