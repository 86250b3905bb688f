import { headers } from "@stepfast/protocol";
import {
  CONNECT_CONTENT_TYPE,
  GATEWAY_CLOSING_CODE,
  type StartResponse,
  startRequest,
  startResponse,
} from "@stepfast/protocol/connect";
import { sdkHeaderValue } from "../version.ts";
import { ConnectFailure } from "./connect-failure.ts";
import type { SessionConfig } from "./worker-config.ts";

/** One request of a worker to the API, in protobuf. */
export async function post(
  config: Pick<SessionConfig, "apiBaseUrl" | "env">,
  path: string,
  { body, key, signal }: { body: Uint8Array; key: string | undefined; signal?: AbortSignal },
): Promise<Response> {
  const { apiBaseUrl, env } = config;
  const url = new URL(path, apiBaseUrl.endsWith("/") ? apiBaseUrl : `${apiBaseUrl}/`);
  return await fetch(url, {
    method: "POST",
    headers: {
      "content-type": CONNECT_CONTENT_TYPE,
      [headers.sdk]: sdkHeaderValue,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(env === undefined ? {} : { [headers.env]: env }),
    },
    body: new Uint8Array(body),
    ...(signal ? { signal } : {}),
  });
}

/** Asks where to connect. Throws {@link ConnectFailure}. */
export async function startSession(
  config: SessionConfig,
  key: string | undefined,
  signal: AbortSignal,
): Promise<StartResponse> {
  let response: Response;
  try {
    const body = startRequest.encode({ excludeGateways: [] });
    response = await post(config, "v0/connect/start", { body, key, signal });
  } catch (cause) {
    throw new ConnectFailure(`No answer from ${config.apiBaseUrl}: does the server run there?`, "other", {
      cause,
    });
  }
  if (response.ok) return startResponse.decode(new Uint8Array(await response.arrayBuffer()));
  const text = (await response.text()).slice(0, 300);
  if (response.status === 401) {
    throw new ConnectFailure(`The server refused the signing key: ${text}`, "unauthorized");
  }
  const isClosing = text.includes(GATEWAY_CLOSING_CODE);
  throw new ConnectFailure(
    `The server answered ${response.status}: ${text}`,
    isClosing ? "closing" : "other",
  );
}
