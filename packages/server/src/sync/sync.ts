import type { EngineContract } from "@stepfast/engine";
import { headers, limits, StepfastError } from "@stepfast/protocol";
import { validateRegister } from "@stepfast/protocol/validators";
import type { SigningKeys } from "../auth/signing-keys.ts";
import { isRecord, readText } from "../http/body.ts";

const SYNC_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_LENGTH = 300;

function describe(error: unknown): string {
  const { cause, message = String(error) } = error as {
    cause?: { message?: string; code?: string };
    message?: string;
  };
  return cause?.message || cause?.code || message;
}

/** A PUT that asks for an in-band sync; its only member makes the body canonical. */
async function put(url: string, stopped: AbortSignal, signature: string | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      method: "PUT",
      headers: {
        "content-type": "application/json",
        [headers.serverKind]: signature === undefined ? "dev" : "cloud",
        [headers.syncKind]: "in_band",
        ...(signature === undefined ? {} : { [headers.signature]: signature }),
      },
      body: bodyFor(url),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(SYNC_TIMEOUT_MS)]),
    });
  } catch (error) {
    throw new StepfastError("sdk_unreachable", `No app answers at ${url}: ${describe(error)}`, {
      cause: error,
    });
  }
}

function bodyFor(url: string): string {
  return JSON.stringify({ url });
}

/** Signed where there are keys, with the fallback key if the app refuses the first. */
async function ask(url: string, stopped: AbortSignal, keys: SigningKeys | undefined): Promise<Response> {
  if (!keys) return await put(url, stopped, undefined);
  for (let index = 0; ; index++) {
    const response = await put(url, stopped, keys.sign(bodyFor(url), index));
    if (response.status !== 401 || index + 1 >= keys.count) return response;
    await response.body?.cancel();
  }
}

async function textOf(response: Response): Promise<string> {
  try {
    return await readText(response, limits.sdkResponseBytes);
  } catch {
    return "";
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

export function isSdkResponse(response: { headers: Headers }): boolean {
  return response.headers.has(headers.sdk) || response.headers.has(headers.sdkHandled);
}

const DEV_HINT = "it is not in development mode: set isDev on its client, or INNGEST_DEV=1";
const KEY_HINT = "it has no signing key, or another one: give it this server's, and both the right time";

interface Refused {
  url: string;
  status: number;
  body: Record<string, unknown>;
  isSigned: boolean;
}

function refusal({ url, status, body, isSigned }: Refused): StepfastError {
  const isAboutKeys = status === 401 || body.code === "internal_server_error";
  const hint = isSigned ? KEY_HINT : DEV_HINT;
  const message = isAboutKeys ? hint : typeof body.message === "string" ? body.message : `status ${status}`;
  const text = `The app at ${url} did not sync: ${message.slice(0, MAX_MESSAGE_LENGTH)}`;
  return new StepfastError("invalid_config", text);
}

/** An in-band answer (PROTOCOL §2.2) as the request that registers it. */
function registration(url: string, body: Record<string, unknown>): unknown {
  return { ...body, url, appName: body.app_id, deployType: "ping", v: "0.1", sdk: body.sdk ?? sdkOf(body) };
}

/** The Python and the Go SDK say in band what they are, but not as they do out of band. */
function sdkOf({ sdk_language: language, sdk_version: version }: Record<string, unknown>): string {
  return typeof language === "string" && typeof version === "string"
    ? `${language}:v${version.replace(/^v/, "")}`
    : "";
}

/**
 * Makes the app at this URL register its functions: it either answers with them (in-band) or posts them to
 * `/fn/register` before it answers. With keys both sides sign. Throws `sdk_unreachable`, `not_an_sdk`,
 * `invalid_config`, `invalid_signature`.
 */
export async function syncApp(
  engine: EngineContract,
  url: string,
  stopped: AbortSignal,
  keys?: SigningKeys,
): Promise<{ modified: boolean }> {
  const response = await ask(url, stopped, keys);
  const text = await textOf(response);
  const body = objectOf(text);
  if (!isSdkResponse(response)) {
    throw new StepfastError(
      "not_an_sdk",
      `${url} answers with status ${response.status}, but serves no functions there`,
    );
  }
  if (!response.ok) throw refusal({ url, status: response.status, body, isSigned: keys !== undefined });
  if (response.headers.get(headers.syncKind) !== "in_band") return { modified: body.modified === true };
  if (keys && !keys.verifies(text, response.headers.get(headers.signature))) {
    throw new StepfastError(
      "invalid_signature",
      `The app at ${url} did not sign its answer as it must: ${KEY_HINT}`,
    );
  }
  return await engine.registerRemote(validateRegister(registration(url, body)));
}
