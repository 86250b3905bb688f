import type { OffloadedRequest } from "@stepfast/engine";
import { StepfastError } from "@stepfast/protocol";
import { isRecord } from "../http/body.ts";
import { version } from "../version.ts";

/** A request to make, as it goes out. */
export interface OutgoingRequest {
  url: URL;
  method: string;
  headers: Headers;
  body: string | null;
}

/** Headers that belong to a connection, and are not the step's to choose. */
const connectionHeaders = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

function invalid(message: string): StepfastError {
  return new StepfastError("invalid_request", message);
}

/** An address that may be asked. Throws `invalid_request`. */
export function webUrl(text: unknown, base?: URL): URL {
  if (typeof text !== "string" || !URL.canParse(text, base?.href))
    throw invalid(`"${String(text)}" is no URL`);
  const url = new URL(text, base?.href);
  if (!/^https?:$/.test(url.protocol)) throw invalid(`${url.protocol} is not HTTP: use an http(s) URL`);
  if (url.username !== "" || url.password !== "") {
    throw invalid("A URL must not hold a user and password: send an authorization header");
  }
  return url;
}

function headersOf(value: unknown): Headers {
  const headers = new Headers({ "user-agent": `stepfast/${version}` });
  for (const [name, text] of Object.entries(isRecord(value) ? value : {})) {
    if (text === null || text === undefined) continue;
    try {
      headers.set(name, String(text));
    } catch {
      throw invalid(`The header "${name}" cannot be sent`);
    }
  }
  for (const name of connectionHeaders) headers.delete(name);
  return headers;
}

function bodyText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The request of a `Gateway` step (PROTOCOL §5.2). Throws `invalid_request`. */
function fetchRequest(opts: OffloadedRequest["opts"]): OutgoingRequest {
  const method = typeof opts.method === "string" ? opts.method.toUpperCase() : "GET";
  const isBodiless = method === "GET" || method === "HEAD";
  return {
    url: webUrl(opts.url),
    method,
    headers: headersOf(opts.headers),
    body: isBodiless ? null : bodyText(opts.body),
  };
}

/** How each provider wants to be shown the key; any other takes it as a bearer token. */
const keyHeaders: ReadonlyMap<unknown, string> = new Map([
  ["anthropic", "x-api-key"],
  ["azure-openai", "api-key"],
  ["gemini", "x-goog-api-key"],
]);

/** The request of an `AIGateway` step (PROTOCOL §5.2). Throws `invalid_request`. */
function modelRequest(opts: OffloadedRequest["opts"]): OutgoingRequest {
  const headers = headersOf(opts.headers);
  headers.set("content-type", "application/json");
  const key = opts.auth_key;
  if (typeof key === "string" && key !== "") {
    const name = keyHeaders.get(opts.format) ?? "authorization";
    if (!headers.has(name)) headers.set(name, name === "authorization" ? `Bearer ${key}` : key);
  }
  if (opts.format === "anthropic" && !headers.has("anthropic-version"))
    headers.set("anthropic-version", "2023-06-01");
  return { url: webUrl(opts.url), method: "POST", headers, body: bodyText(opts.body) ?? "{}" };
}

/** What a step wants to be asked. Throws `invalid_request`. */
export function outgoingRequest({ op, opts }: OffloadedRequest): OutgoingRequest {
  return op === "Gateway" ? fetchRequest(opts) : modelRequest(opts);
}
