import { StepfastError } from "@stepfast/protocol";
import { Endpoint } from "./endpoint.ts";
import type { ServeRequest, ServeResponse, StreamedResponse } from "./exchange.ts";
import type { ServeHandlerOptions } from "./serve-options.ts";

type Awaitable<T> = T | Promise<T>;

/** One request, as a custom adapter lays it open. */
export interface HandlerResponse<TOutput> {
  method: () => Awaitable<string>;
  /** The absolute URL the request came in at. */
  url: () => Awaitable<URL>;
  /** A header's value by its lower-case name. */
  headers: (name: string) => string | null | undefined;
  /** The body: text, or what a JSON parser made of it. */
  body: () => Awaitable<unknown>;
  /** Where the query is not part of `url`. */
  queryString?: (key: string, url: URL) => Awaitable<string | null | undefined>;
  /** Environment variables, where they come with each request. */
  env?: () => Awaitable<Record<string, string | undefined> | undefined>;
  transformResponse: (response: ServeResponse) => TOutput;
  /** Present: the adapter can stream. */
  transformStreamingResponse?: (response: StreamedResponse) => TOutput;
}

export interface CommHandlerOptions<TInput extends unknown[], TOutput> extends ServeHandlerOptions {
  /** Names the adapter to the server, lower case. */
  frameworkName: string;
  handler: (...args: TInput) => HandlerResponse<TOutput>;
}

const QUERY_KEYS = ["fnId", "stepId", "deployId", "probe"];

/** Makes a `serve` for a framework that has no adapter here. */
export class InngestCommHandler<TInput extends unknown[], TOutput> {
  readonly #handler: (...args: TInput) => HandlerResponse<TOutput>;
  readonly #endpoint: Endpoint;

  /** Throws `duplicate_function` if two functions have the same id. */
  constructor({ handler, ...options }: CommHandlerOptions<TInput, TOutput>) {
    this.#handler = handler;
    this.#endpoint = new Endpoint(options);
  }

  /** The function to give to the framework: it takes the framework's arguments and returns what it expects. */
  createHandler(): (...args: TInput) => Promise<TOutput> {
    return async (...args) => {
      const adapter = this.#handler(...args);
      const response = await this.#answer(adapter);
      if (!isStreamed(response)) return adapter.transformResponse(response);
      if (adapter.transformStreamingResponse) return adapter.transformStreamingResponse(response);
      throw new StepfastError("internal", "a response was streamed to an adapter that cannot stream");
    };
  }

  async #answer(adapter: HandlerResponse<TOutput>): Promise<ServeResponse | StreamedResponse> {
    try {
      const request = await readRequest(adapter);
      return await this.#endpoint.handle(request, adapter.transformStreamingResponse !== undefined);
    } catch (error) {
      return this.#endpoint.unreadable(error);
    }
  }
}

/** Whether a response's body comes bit by bit. */
export function isStreamed(response: ServeResponse | StreamedResponse): response is StreamedResponse {
  return typeof response.body !== "string";
}

async function readRequest<TOutput>(adapter: HandlerResponse<TOutput>): Promise<ServeRequest> {
  const method = await adapter.method();
  const url = new URL(await adapter.url());
  for (const key of adapter.queryString ? QUERY_KEYS : []) {
    const value = await adapter.queryString?.(key, url);
    if (typeof value === "string") url.searchParams.set(key, value);
  }
  const env = await adapter.env?.();
  return {
    method,
    url,
    header: (name) => adapter.headers(name) ?? undefined,
    body: method.toUpperCase() === "GET" ? undefined : await adapter.body(),
    ...(env ? { env } : {}),
  };
}
