import type { IncomingMessage, ServerResponse } from "node:http";
import { limits, StepfastError } from "@stepfast/protocol";
import type { Endpoint } from "../serve/endpoint.ts";
import type { ServeRequest, ServeResponse, StreamedResponse } from "../serve/exchange.ts";

/*
 * Node's request and response objects, as every framework on top of them passes them on. Nothing of Node is imported
 * at run time: the Next adapter uses this and runs on edge runtimes as well.
 */

/** A Node request; frameworks may have parsed its body and cut their mount path off its `url`. */
export type NodeRequest = IncomingMessage & { body?: unknown; originalUrl?: string };

/** Answers a Node request through an endpoint. Never rejects. */
export async function answerNodeRequest(
  endpoint: Endpoint,
  req: NodeRequest,
  res: ServerResponse,
): Promise<void> {
  const response = await responseTo(endpoint, req, res);
  try {
    await writeNodeResponse(res, response);
  } catch {
    // Half of a response cannot be taken back: the caller must see that it is none.
    res.destroy();
  }
}

/** What a framework knows of a Node request that the request does not say itself. */
export interface NodeExtras {
  /** Path and query as the caller sent them. */
  path?: string;
  /** Host the caller used, where a proxy in front says so. */
  host?: string;
  /** What the framework made of the body: text, bytes, a stream, a JSON value, or a promise of these; null: there is none. */
  body?: unknown;
}

/** The response to a Node request, for the framework to send. Never rejects. */
export async function responseTo(
  endpoint: Endpoint,
  req: NodeRequest,
  res: ServerResponse,
  extras: NodeExtras = {},
): Promise<ServeResponse | StreamedResponse> {
  try {
    return await endpoint.handle(await readNodeRequest(req, res, extras), true);
  } catch (error) {
    // The rest of the body is not read: the connection cannot be used again.
    if (!req.complete) res.setHeader("connection", "close");
    return endpoint.unreadable(error);
  }
}

async function readNodeRequest(
  req: NodeRequest,
  res: ServerResponse,
  { path = req.originalUrl ?? req.url ?? "/", host, body = req.body }: NodeExtras,
): Promise<ServeRequest> {
  const url = nodeUrl(req, path, host);
  const isWithoutBody = (req.method ?? "GET") === "GET";
  return new ReadRequest(req, res, url, isWithoutBody ? undefined : await nodeBody(req, body));
}

class ReadRequest implements ServeRequest {
  readonly url: URL;
  readonly body: unknown;
  readonly #req: NodeRequest;
  readonly #res: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(req: NodeRequest, res: ServerResponse, url: URL, body: unknown) {
    this.#req = req;
    this.#res = res;
    this.url = url;
    this.body = body;
  }

  get method(): string {
    return this.#req.method ?? "GET";
  }

  header(name: string): string | undefined {
    return nodeHeader(this.#req, name);
  }

  /** Made when somebody looks: most calls never do. */
  get signal(): AbortSignal {
    this.#signal ??= hangUpSignal(this.#res);
    return this.#signal;
  }
}

/** A header's value by its lower-case name. */
export function nodeHeader(req: Pick<IncomingMessage, "headers">, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** The URL a request was sent to. `https` where the connection, or a proxy in front of it, says so. */
export function nodeUrl(
  req: Pick<IncomingMessage, "headers" | "socket">,
  path: string,
  host = req.headers.host,
): URL {
  if (!path.startsWith("/")) return new URL(path);
  const forwarded = nodeHeader(req, "x-forwarded-proto")?.split(",")[0]?.trim();
  const isEncrypted = (req.socket as { encrypted?: boolean } | undefined)?.encrypted === true;
  const protocol = forwarded === "https" || isEncrypted ? "https" : "http";
  if (!host)
    throw new StepfastError(
      "invalid_request",
      "the request has no Host header: this endpoint's URL is unknown",
    );
  return new URL(`${protocol}://${host}${path}`);
}

async function nodeBody(req: NodeRequest, given: unknown): Promise<unknown> {
  const body = await given;
  if (body instanceof ReadableStream) return limited(await new Response(body).text());
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  if (body === undefined) return readText(req);
  // Express 4 leaves `{}` where its parser did not read the body.
  const isEmpty = typeof body === "object" && body !== null && Object.keys(body).length === 0;
  return isEmpty && !req.readableDidRead ? readText(req) : body;
}

function limited(text: string): string {
  if (text.length > limits.requestBytes) throw tooLarge();
  return text;
}

/** Reads by `data` and `end`, which is all that wrappers who replay a body emulate. */
export function readText(req: IncomingMessage): Promise<string> {
  if (req.readableEnded || req.destroyed) return Promise.resolve("");
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    req.on("data", (chunk: Uint8Array | string) => {
      const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
      size += bytes.length;
      if (size > limits.requestBytes) reject(tooLarge());
      else chunks.push(bytes);
    });
    req.on("end", () => resolve(decode(chunks)));
    req.on("error", reject);
  });
}

export function tooLarge(): StepfastError {
  return new StepfastError(
    "body_too_large",
    `the request's body is larger than ${limits.requestBytes} bytes`,
  );
}

function decode(chunks: Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

/** Aborted when the caller closes the connection before it has the whole response. */
export function hangUpSignal(
  res: Pick<ServerResponse, "on" | "writableFinished" | "destroyed">,
): AbortSignal {
  const controller = new AbortController();
  const look = () => {
    if (!res.writableFinished) controller.abort();
  };
  if (res.destroyed) look();
  else res.on("close", look);
  return controller.signal;
}

async function writeNodeResponse(
  res: ServerResponse,
  response: ServeResponse | StreamedResponse,
): Promise<void> {
  res.statusCode = response.status;
  for (const [name, value] of Object.entries(response.headers)) res.setHeader(name, value);
  if (typeof response.body === "string") {
    res.end(response.body);
    return;
  }
  await pipe(response.body, res);
}

async function pipe(body: ReadableStream<Uint8Array>, res: ServerResponse): Promise<void> {
  const reader = body.getReader();
  res.on("close", () => void reader.cancel().catch(() => undefined));
  res.flushHeaders();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) res.write(chunk.value);
  res.end();
}
