import { StepfastError } from "@stepfast/protocol";
import { Endpoint } from "../serve/endpoint.ts";
import type { ServeRequest } from "../serve/exchange.ts";
import type { ServeHandlerOptions as AnyServeHandlerOptions } from "../serve/serve-options.ts";

export const frameworkName = "digitalocean";

/** Where the function is found: DigitalOcean does not tell it. */
export interface ServeHandlerOptions extends AnyServeHandlerOptions {
  /** `https://faas-….doserverless.co`. Default: the variable `INNGEST_SERVE_ORIGIN`; without either, requests fail. */
  serveOrigin?: string;
  /** `/api/v1/web/fn-…/package/function`. Default: the variable `INNGEST_SERVE_PATH`; without either, requests fail. */
  servePath?: string;
}

/** The request beside its arguments; `body` and `queryString` where they are not arguments (`web: raw`). */
export interface DigitalOceanHttp {
  method: string;
  headers?: Record<string, string>;
  path?: string;
  body?: string;
  queryString?: string;
  isBase64Encoded?: boolean;
}

/** What a function is called with: members of a JSON body and keys of the query, mixed, beside `http`. */
export interface DigitalOceanEvent {
  http?: DigitalOceanHttp;
  [argument: string]: unknown;
}

export interface DigitalOceanResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

export type DigitalOceanHandler = (
  event?: DigitalOceanEvent,
  context?: unknown,
) => Promise<DigitalOceanResponse>;

/**
 * Serves functions as a function of DigitalOcean: `export const main = serve({ client, functions, serveOrigin, servePath })`.
 * Both `web: true` and `web: raw` will do. Cannot stream. Throws `duplicate_function` if two functions have the same id.
 */
export function serve(options: ServeHandlerOptions): DigitalOceanHandler {
  const endpoint = new Endpoint({ ...options, frameworkName });
  return async (event = {}) => {
    const { status: statusCode, headers, body } = await answer(endpoint, options, event);
    return { statusCode, headers, body };
  };
}

async function answer(endpoint: Endpoint, options: ServeHandlerOptions, event: DigitalOceanEvent) {
  try {
    return await endpoint.handle(readRequest(options, event));
  } catch (error) {
    return endpoint.unreadable(error);
  }
}

// What of the arguments is the query's.
const QUERY_KEYS = ["fnId", "stepId", "deployId", "probe"];

function readRequest(options: ServeHandlerOptions, { http, ...given }: DigitalOceanEvent): ServeRequest {
  const url = urlOf(options);
  const args = { ...given };
  for (const key of QUERY_KEYS) {
    if (typeof args[key] === "string") url.searchParams.set(key, args[key]);
    delete args[key];
  }
  if (http?.queryString) url.search = http.queryString;
  const headers = new Headers(http?.headers);
  return {
    method: http?.method ?? "GET",
    url,
    header: (name) => headers.get(name) ?? undefined,
    body: rawBody(http) ?? (Object.keys(args).length > 0 ? args : undefined),
  };
}

function rawBody(http: DigitalOceanHttp | undefined): string | undefined {
  if (!http?.body) return undefined;
  return http.isBase64Encoded ? Buffer.from(http.body, "base64").toString("utf8") : http.body;
}

function urlOf({ client, serveOrigin, servePath }: ServeHandlerOptions): URL {
  const env = client.environment;
  const origin = serveOrigin ?? env.INNGEST_SERVE_ORIGIN ?? env.INNGEST_SERVE_HOST;
  const path = servePath ?? env.INNGEST_SERVE_PATH;
  if (origin && path) return new URL(path, "https://placeholder.invalid");
  throw new StepfastError(
    "invalid_config",
    "nobody tells a function of DigitalOcean its URL: give `serve` a `serveOrigin` and a `servePath`, or set INNGEST_SERVE_ORIGIN and INNGEST_SERVE_PATH",
  );
}
