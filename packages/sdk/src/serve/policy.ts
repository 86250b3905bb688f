import { headers as names } from "@stepfast/protocol";
import type { Environment } from "../client/environment.ts";
import type { Access } from "./authority.ts";
import type { ServeRequest } from "./exchange.ts";
import { isEnabled } from "./flag.ts";
import type { RegisterOptions } from "./serve-options.ts";

/** Whether a sync is to be answered with the registration itself (PROTOCOL §2.2). */
export function isInBandSync(request: ServeRequest, env: Environment): boolean {
  return request.header(names.syncKind) === "in_band" && isEnabled(env.INNGEST_ALLOW_IN_BAND_SYNC, true);
}

/** Whether a request must be signed in cloud mode. */
export function accessOf(request: ServeRequest, options: RegisterOptions, env: Environment): Access {
  if (request.method !== "PUT" || isInBandSync(request, env)) return "signed";
  return (options.enableUnauthedSync ?? isEnabled(env.INNGEST_ENABLE_UNAUTHED_SYNC, true))
    ? "open"
    : "signed";
}

/** Whether a request is a call whose answer should be streamed. */
export function isStreamedCall(request: ServeRequest, options: RegisterOptions, env: Environment): boolean {
  if (request.method !== "POST" || request.url.searchParams.has("probe")) return false;
  return isStreaming({ options, env });
}

/** Whether answers to calls are streamed. */
export function isStreaming({ options, env }: { options: RegisterOptions; env: Environment }): boolean {
  return options.streaming ?? isEnabled(env.INNGEST_STREAMING, false);
}
