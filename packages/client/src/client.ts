import { type ErrorCode, StepfastError } from "@stepfast/protocol";
import createFetchClient, { type Client, type Middleware } from "openapi-fetch";
import type { paths } from "./api-types.ts";

export interface ApiClientOptions {
  /** The server, e.g. `http://127.0.0.1:8288`. */
  url: string;
  /** The signing key, or a key made at `/v2/keys`. A server for development wants none. */
  key?: string | undefined;
  /** Default 30,000. */
  timeoutMs?: number;
  /** Default: the one there is. */
  fetch?: typeof fetch;
}

/** Every path of /openapi.json, typed: `api.GET("/v2/runs/{run}", { params: { path: { run } } })`. */
export type ApiClient = Client<paths>;

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_SHOWN = 200;

interface Told {
  code?: unknown;
  message?: unknown;
}

/** The code and message in an error's body, in the words of either version. */
function toldIn(body: unknown): Told {
  const { errors, error, code } = (body ?? {}) as { errors?: Told[]; error?: unknown; code?: unknown };
  return Array.isArray(errors) ? (errors[0] ?? {}) : { code, message: error };
}

async function refusalOf(response: Response): Promise<StepfastError> {
  const text = await response.text();
  const { code, message } = toldIn(parsed(text));
  if (typeof code === "string" && typeof message === "string") {
    return new StepfastError(code as ErrorCode, message);
  }
  const shown = text.slice(0, MAX_SHOWN);
  return new StepfastError("api_unreachable", `${response.url} answered ${response.status}: ${shown}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(url: string, error: unknown): StepfastError {
  const { cause, message = String(error) } = error as {
    cause?: { message?: string; code?: string };
    message?: string;
  };
  const reason = cause?.message || cause?.code || message;
  return new StepfastError("api_unreachable", `No server answers at ${url}: ${reason}`, { cause: error });
}

function notTheApi({ url }: Response): StepfastError {
  const problem = `What answers at ${url} is no Stepfast server`;
  return new StepfastError(
    "api_unreachable",
    `${problem}: name the server's own address, not that of an app`,
  );
}

/** An answer that is not even JSON is somebody else's. */
function isForeign({ status, headers }: Response): boolean {
  return status !== 204 && !/json/.test(headers.get("content-type") ?? "json");
}

/** Whatever goes wrong is thrown as the server's own error, or as `api_unreachable`. */
function throwing(url: string): Middleware {
  return {
    async onResponse({ response }) {
      if (!response.ok) throw await refusalOf(response);
      if (isForeign(response)) throw notTheApi(response);
    },
    onError: ({ error }) => (StepfastError.is(error) ? error : unreachable(url, error)),
  };
}

/** A client of the REST API. Its calls reject with a `StepfastError` that has the server's code and message. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const { url, key, timeoutMs = DEFAULT_TIMEOUT_MS, fetch: given } = options;
  const ask = given ?? fetch;
  const client = createFetchClient<paths>({
    baseUrl: url,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    querySerializer: { array: { style: "form", explode: true } },
    fetch: (request) => ask(request, { signal: AbortSignal.timeout(timeoutMs) }),
  });
  client.use(throwing(url));
  return client;
}

/**
 * What a call answered with. Rejects with `api_unreachable` where that is no answer of the API: something else listens at the
 * address, such as an app, which tells of itself at every path.
 */
export async function answerOf<Data>(call: Promise<{ data?: Data; response: Response }>): Promise<Data> {
  const { data, response } = await call;
  if (typeof data === "object" && data !== null && "data" in data) return data;
  throw notTheApi(response);
}
