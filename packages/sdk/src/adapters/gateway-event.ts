import { StepfastError } from "@stepfast/protocol";
import type { Endpoint } from "../serve/endpoint.ts";
import type { ServeRequest, ServeResponse } from "../serve/exchange.ts";

type Values<T> = Readonly<Record<string, T | undefined>> | null;

/**
 * An HTTP request as a Lambda function is given it: by an API gateway (both payload formats), a function URL or a load
 * balancer. What one of them leaves out is absent or null.
 */
export interface GatewayEvent {
  version?: string;
  httpMethod?: string;
  path?: string;
  rawPath?: string;
  rawQueryString?: string;
  headers?: Values<string>;
  multiValueHeaders?: Values<string[]>;
  queryStringParameters?: Values<string>;
  multiValueQueryStringParameters?: Values<string[]>;
  body?: string | null;
  isBase64Encoded?: boolean;
  requestContext?: {
    domainName?: string | undefined;
    path?: string | undefined;
    http?: { method: string; path: string } | undefined;
    elb?: unknown;
  };
}

export interface GatewayResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: false;
  /** Where the request's headers came like this: a load balancer then wants the response's to be so, too. */
  multiValueHeaders?: Record<string, string[]>;
}

/** Reads an event. `scheme`: that of the URL, where no header says. Throws `invalid_request` for what is no HTTP request. */
function readGatewayEvent(event: GatewayEvent, scheme: "http" | "https"): ServeRequest {
  const method = event?.requestContext?.http?.method ?? event?.httpMethod;
  if (!method) {
    throw new StepfastError(
      "invalid_request",
      "the function was invoked with something other than an HTTP request: put it behind an API gateway, a function URL or a load balancer",
    );
  }
  const headers = headersOf(event);
  const header = (name: string) => headers.get(name) ?? undefined;
  return { method, url: urlOf(event, header, scheme), header, body: bodyOf(event) };
}

function headersOf({ headers, multiValueHeaders }: GatewayEvent): Headers {
  const all = new Headers();
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    for (const value of values ?? []) all.append(name, value);
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined && !all.has(name)) all.set(name, value);
  }
  return all;
}

function urlOf(event: GatewayEvent, header: ServeRequest["header"], scheme: string): URL {
  const { requestContext: context, path, rawPath } = event;
  const host = header("host") ?? context?.domainName;
  if (!host) {
    throw new StepfastError(
      "invalid_request",
      "the request has no Host header: this endpoint's URL is unknown",
    );
  }
  const forwarded = header("x-forwarded-proto")?.split(",")[0]?.trim();
  // Of the paths that are given this one has the stage in it, without which the gateway is not reached.
  const full = context?.http?.path ?? context?.path ?? rawPath ?? path ?? "/";
  const isTold = forwarded === "http" || forwarded === "https";
  const url = new URL(`${isTold ? forwarded : scheme}://${host}`);
  url.pathname = full;
  url.search = queryOf(event);
  return url;
}

function queryOf(event: GatewayEvent): string {
  if (event.rawQueryString !== undefined) return event.rawQueryString;
  const many = event.multiValueQueryStringParameters ?? {};
  const pairs = Object.entries(many).flatMap(([key, values]) =>
    (values ?? []).map((value) => pair(key, value)),
  );
  for (const [key, value] of Object.entries(event.queryStringParameters ?? {})) {
    if (value !== undefined && !(key in many)) pairs.push(pair(key, value));
  }
  // A load balancer hands the query on as it was sent, an API gateway decodes it.
  const isEncoded = event.requestContext?.elb !== undefined;
  return isEncoded ? pairs.map((each) => each.join("=")).join("&") : new URLSearchParams(pairs).toString();
}

function pair(key: string, value: string): [string, string] {
  return [key, value];
}

function bodyOf({ body, isBase64Encoded }: GatewayEvent): string | undefined {
  if (!body) return undefined;
  return isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
}

function gatewayResponse({ status, headers, body }: ServeResponse, event: GatewayEvent): GatewayResponse {
  const response: GatewayResponse = { statusCode: status, headers, body, isBase64Encoded: false };
  if (!event?.multiValueHeaders || event.headers) return response;
  const many = Object.entries(headers).map(([name, value]): [string, string[]] => [name, [value]]);
  return { ...response, multiValueHeaders: Object.fromEntries(many) };
}

/** Answers events through an endpoint. Never rejects. */
export function gatewayHandler(
  endpoint: Endpoint,
  scheme: () => "http" | "https",
): (event: GatewayEvent) => Promise<GatewayResponse> {
  return async (event) => {
    try {
      return gatewayResponse(await endpoint.handle(readGatewayEvent(event, scheme())), event);
    } catch (error) {
      return gatewayResponse(endpoint.unreadable(error), event);
    }
  };
}
