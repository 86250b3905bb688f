import type { EngineContract } from "@stepfast/engine";
import { headers, limits, StepfastError } from "@stepfast/protocol";
import { validateRegister } from "@stepfast/protocol/validators";
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

async function put(url: string, stopped: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      method: "PUT",
      headers: {
        "content-type": "application/json",
        [headers.serverKind]: "dev",
        [headers.syncKind]: "in_band",
      },
      body: JSON.stringify({ url }),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(SYNC_TIMEOUT_MS)]),
    });
  } catch (error) {
    throw new StepfastError("sdk_unreachable", `No app answers at ${url}: ${describe(error)}`, {
      cause: error,
    });
  }
}

async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readText(response, limits.sdkResponseBytes));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

export function isSdkResponse(response: { headers: Headers }): boolean {
  return response.headers.has(headers.sdk) || response.headers.has(headers.sdkHandled);
}

const DEV_HINT = "it is not in development mode: set isDev on its client, or INNGEST_DEV=1";

function refusal(url: string, status: number, body: Record<string, unknown>): StepfastError {
  const isCloud = status === 401 || body.code === "internal_server_error";
  const message = isCloud ? DEV_HINT : typeof body.message === "string" ? body.message : `status ${status}`;
  const text = `The app at ${url} did not sync: ${message.slice(0, MAX_MESSAGE_LENGTH)}`;
  return new StepfastError("invalid_config", text);
}

/** An in-band answer (PROTOCOL §2.2) as the request that registers it. */
function registration(url: string, body: Record<string, unknown>): unknown {
  return { ...body, url, appName: body.app_id, deployType: "ping", v: "0.1" };
}

/**
 * Makes the app at this URL register its functions: it either answers with them (in-band) or posts them to
 * `/fn/register` before it answers. Throws `sdk_unreachable`, `not_an_sdk`, `invalid_config`.
 */
export async function syncApp(
  engine: EngineContract,
  url: string,
  stopped: AbortSignal,
): Promise<{ modified: boolean }> {
  const response = await put(url, stopped);
  const body = await bodyOf(response);
  if (!isSdkResponse(response)) {
    throw new StepfastError(
      "not_an_sdk",
      `${url} answers with status ${response.status}, but serves no functions there`,
    );
  }
  if (!response.ok) throw refusal(url, response.status, body);
  if (response.headers.get(headers.syncKind) !== "in_band") return { modified: body.modified === true };
  return await engine.registerRemote(validateRegister(registration(url, body)));
}
