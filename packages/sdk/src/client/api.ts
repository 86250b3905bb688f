import { hashedSigningKey, headers } from "@stepfast/protocol";
import { sdkHeaderValue } from "../version.ts";

export interface ApiSettings {
  fetch: typeof fetch;
  signingKey: string | undefined;
  signingKeyFallback: string | undefined;
  env: string | undefined;
}

/** Headers of every outgoing request. */
export function outgoingHeaders(env: string | undefined, platform?: string): Record<string, string> {
  const common: Record<string, string> = {
    "content-type": "application/json",
    [headers.sdk]: sdkHeaderValue,
  };
  if (env) common[headers.env] = env;
  if (platform) common[headers.platform] = platform;
  return common;
}

/** POSTs to the API with the signing key; once more with the fallback key if the first is refused (PROTOCOL §1.5). */
export async function postToApi(url: URL, body: unknown, settings: ApiSettings): Promise<Response> {
  const text = JSON.stringify(body);
  const first = await post(url, { body: text }, settings.signingKey, settings);
  if ((first.status !== 401 && first.status !== 403) || !settings.signingKeyFallback) return first;
  await first.body?.cancel();
  return post(url, { body: text }, settings.signingKeyFallback, settings);
}

/** As {@link postToApi}, with a body that comes bit by bit. It can be sent only once: the fallback key is not tried. */
export function streamToApi(
  url: URL,
  { body, contentType }: { body: ReadableStream<Uint8Array>; contentType: string },
  settings: ApiSettings,
): Promise<Response> {
  const headers = { "content-type": contentType };
  return post(url, { body, headers, duplex: "half" }, settings.signingKey, settings);
}

type PostInit = {
  body: string | ReadableStream<Uint8Array>;
  headers?: Record<string, string>;
  duplex?: "half";
};

async function post(
  url: URL,
  { headers, ...init }: PostInit,
  key: string | undefined,
  { fetch, env }: ApiSettings,
): Promise<Response> {
  const authorization: Record<string, string> = key
    ? { authorization: `Bearer ${await hashedSigningKey(key)}` }
    : {};
  const all = { ...outgoingHeaders(env), ...headers, ...authorization };
  return fetch(url, { ...init, method: "POST", headers: all });
}
