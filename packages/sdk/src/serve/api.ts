import { hashedSigningKey, StepfastError } from "@stepfast/protocol";
import type { ServeClient } from "./contract.ts";
import type { ResponseHeaders } from "./exchange.ts";
import { type ApiAnswer, askDirectly } from "./node-http.ts";

export interface ApiRequest {
  method: "GET" | "POST";
  /** Relative to the client's API base, e.g. `fn/register`. */
  path: string;
  headers: ResponseHeaders;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead. */
  text?: string;
  /** Gives it up. */
  signal?: AbortSignal;
}

/** A request with all that is sent. */
interface Sent {
  url: URL;
  method: "GET" | "POST";
  headers: ResponseHeaders;
  body: string | undefined;
}

/**
 * One request to the API. When the key is refused (401, 403) and the client has another, it is tried once more with
 * that one. Throws `api_unreachable` naming the API's address if nothing answers.
 */
export async function callApi(client: ServeClient, request: ApiRequest): Promise<Response> {
  const send = (sent: Sent) => fetched(client, sent, request.signal);
  const response = await sendWithKey(client, request, { key: client.signingKey, send });
  const { signingKeyFallback: key } = client;
  if (!isRefused(response) || !key) return response;
  await response.body?.cancel();
  return sendWithKey(client, request, { key, send });
}

/** As {@link callApi} with the answer read, for what is asked often: as cheap as the runtime allows. */
export async function askApi(client: ServeClient, request: Omit<ApiRequest, "signal">): Promise<ApiAnswer> {
  const send = (sent: Sent) => asked(client, sent);
  const answer = await sendWithKey(client, request, { key: client.signingKey, send });
  const { signingKeyFallback: key } = client;
  return isRefused(answer) && key ? sendWithKey(client, request, { key, send }) : answer;
}

function isRefused({ status }: { status: number }): boolean {
  return status === 401 || status === 403;
}

async function sendWithKey<T>(
  client: ServeClient,
  { method, path, headers, body, text }: ApiRequest,
  { key, send }: { key: string | undefined; send: (sent: Sent) => Promise<T> },
): Promise<T> {
  const all = key ? { ...headers, authorization: `Bearer ${await hashedSigningKey(key)}` } : headers;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  return send({ url: apiUrl(client, path), method, headers: all, body: sent });
}

async function asked(client: ServeClient, sent: Sent): Promise<ApiAnswer> {
  const answer = await askDirectly(sent.url, sent, client.options.fetch);
  if (answer) return answer;
  const response = await fetched(client, sent);
  // Read to the end, so that the connection can be used again.
  return { status: response.status, text: await response.text() };
}

async function fetched(client: ServeClient, sent: Sent, signal?: AbortSignal): Promise<Response> {
  const { url, method, headers, body } = sent;
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = body;
  if (signal) init.signal = signal;
  try {
    return await client.fetch(url, init);
  } catch (cause) {
    throw new StepfastError(
      "api_unreachable",
      `no answer from ${url.origin}: check that the server runs and that the client's baseUrl is its address`,
      { cause },
    );
  }
}

function apiUrl(client: ServeClient, path: string): URL {
  const base = client.apiBaseUrl;
  return new URL(path, base.endsWith("/") ? base : `${base}/`);
}
