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
  const first = await post(url, body, settings.signingKey, settings);
  if ((first.status !== 401 && first.status !== 403) || !settings.signingKeyFallback) return first;
  return post(url, body, settings.signingKeyFallback, settings);
}

async function post(
  url: URL,
  body: unknown,
  key: string | undefined,
  { fetch, env }: ApiSettings,
): Promise<Response> {
  const authorization: Record<string, string> = key
    ? { authorization: `Bearer ${await hashedSigningKey(key)}` }
    : {};
  return fetch(url, {
    method: "POST",
    headers: { ...outgoingHeaders(env), ...authorization },
    body: JSON.stringify(body),
  });
}
