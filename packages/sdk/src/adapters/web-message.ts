import { limits, StepfastError } from "@stepfast/protocol";
import type { Environment } from "../client/environment.ts";
import type { Endpoint } from "../serve/endpoint.ts";
import type { ServeRequest, ServeResponse, StreamedResponse } from "../serve/exchange.ts";

/** What an adapter knows about a web-standard request beyond the request itself. */
export interface WebExtras {
  /** Reads the body, where the framework keeps a copy of it. */
  text?: () => Promise<string>;
  env?: Environment;
  /** Host the caller used, where the request's own URL is an inner one. */
  host?: string | null;
}

/** Answers a web-standard request through an endpoint. Never rejects. */
export async function answerWebRequest(
  endpoint: Endpoint,
  request: Request,
  extras: WebExtras = {},
): Promise<Response> {
  try {
    return toResponse(await endpoint.handle(await readWebRequest(request, extras), true));
  } catch (error) {
    return toResponse(endpoint.unreadable(error));
  }
}

async function readWebRequest(request: Request, { text, env, host }: WebExtras): Promise<ServeRequest> {
  const { method, headers, signal } = request;
  return {
    method,
    url: webUrl(request, host),
    header: (name) => headers.get(name) ?? undefined,
    body: method === "GET" || method === "HEAD" ? undefined : await webBody(request, text),
    ...(env ? { env } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** The URL a request was sent to: `https` and another host where a proxy in front says so. */
function webUrl(request: Request, host: string | null | undefined): URL {
  const url = new URL(request.url);
  const forwarded = request.headers.get("x-forwarded-proto")?.split(",")[0]?.trim();
  const protocol = forwarded === "https" ? "https:" : url.protocol;
  return new URL(`${protocol}//${host || url.host}${url.pathname}${url.search}`);
}

async function webBody(request: Request, text = () => request.text()): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > limits.requestBytes) throw tooLarge();
  const body = await text();
  if (body.length > limits.requestBytes) throw tooLarge();
  return body;
}

function tooLarge(): StepfastError {
  return new StepfastError(
    "body_too_large",
    `the request's body is larger than ${limits.requestBytes} bytes`,
  );
}

function toResponse({ status, headers, body }: ServeResponse | StreamedResponse): Response {
  return new Response(body, { status, headers });
}
