import type { Environment } from "../client/environment.ts";

/** A request as every adapter hands it to the {@link Endpoint}, whatever framework it came through. */
export interface ServeRequest {
  method: string;
  /** Absolute, as the caller sees it: it becomes the URL the server calls the functions at. */
  url: URL;
  /** A header's value by its lower-case name. */
  header(name: string): string | undefined;
  /** The body: text, or the value that the framework's JSON parser already made of it; `undefined` for none. */
  body: unknown;
  /** Environment variables, on runtimes that hand them to each request. */
  env?: Environment;
  /** Aborted when the caller hangs up: nobody is left to take the answer. */
  signal?: AbortSignal;
}

export type ResponseHeaders = Record<string, string>;

export interface ServeResponse {
  status: number;
  headers: ResponseHeaders;
  body: string;
}

/** A response whose head is sent at once and whose body follows (PROTOCOL §4.2). */
export interface StreamedResponse {
  status: number;
  headers: ResponseHeaders;
  body: ReadableStream<Uint8Array>;
}

/** A response of the protocol before the headers that every response has. */
export interface Reply {
  status: number;
  headers?: ResponseHeaders;
  /** Sent as JSON; `undefined` sends an empty body. */
  json: unknown;
}
