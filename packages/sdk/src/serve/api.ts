import { hashedSigningKey, StepfastError } from "@stepfast/protocol";
import type { ServeClient } from "./contract.ts";
import type { ResponseHeaders } from "./exchange.ts";

export interface ApiRequest {
  method: "GET" | "POST";
  /** Relative to the client's API base, e.g. `fn/register`. */
  path: string;
  headers: ResponseHeaders;
  /** Sent as JSON. */
  body?: unknown;
  /** Gives it up. */
  signal?: AbortSignal;
}

/**
 * One request to the API. When the key is refused (401, 403) and the client has another, it is tried once more with
 * that one. Throws `api_unreachable` naming the API's address if nothing answers.
 */
export async function callApi(client: ServeClient, request: ApiRequest): Promise<Response> {
  const { signingKey, signingKeyFallback } = client;
  const response = await send(client, request, signingKey);
  const refused = response.status === 401 || response.status === 403;
  if (!refused || !signingKeyFallback) return response;
  await response.body?.cancel();
  return send(client, request, signingKeyFallback);
}

async function send(client: ServeClient, request: ApiRequest, key: string | undefined): Promise<Response> {
  const url = apiUrl(client, request.path);
  const headers = {
    ...request.headers,
    ...(key ? { authorization: `Bearer ${await hashedSigningKey(key)}` } : {}),
  };
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  try {
    return await client.fetch(url, {
      method: request.method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(request.signal ? { signal: request.signal } : {}),
    });
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
