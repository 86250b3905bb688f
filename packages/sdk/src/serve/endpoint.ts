import { headers as names, StepfastError } from "@stepfast/protocol";
import type { Environment } from "../client/environment.ts";
import { signed, verdict } from "./authority.ts";
import { type Sleep, sleep } from "./backoff.ts";
import { answerCall } from "./call.ts";
import { FunctionCatalog } from "./catalog.ts";
import type { Reply, ServeRequest, ServeResponse, StreamedResponse } from "./exchange.ts";
import { syncInBand } from "./in-band-sync.ts";
import { introspection } from "./introspection.ts";
import { accessOf, isInBandSync, isStreamedCall } from "./policy.ts";
import { register, type SyncSource } from "./registration.ts";
import { internalFailure, methodNotAllowed, responseOf, unknownProbe } from "./response.ts";
import { anonymousHeaders, identityHeaders } from "./response-headers.ts";
import type { ServeHandlerOptions } from "./serve-options.ts";
import { serveUrl } from "./serve-url.ts";
import { streamedBody } from "./streaming.ts";
import { Timing } from "./timing.ts";

/** Execution version of answers that belong to no call. */
const DEFAULT_VERSION = 2;

export interface EndpointOptions extends ServeHandlerOptions {
  /** Names the adapter to the server, lower case. */
  frameworkName: string;
  /** Clock, milliseconds since the epoch. */
  nowMs?: () => number;
  /** Waits between attempts at the API. */
  sleep?: Sleep;
}

/** What belongs to one request. */
interface Exchange {
  request: ServeRequest;
  env: Environment;
  timing: Timing;
  /** Verified the request, and signs the response; none in dev mode. */
  key: string | undefined;
}

/**
 * An app's functions behind one URL, without any framework: requests in, responses out (PROTOCOL §1–§4). Throws
 * `duplicate_function` or `invalid_config` when it is made; never when it handles a request.
 */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #catalog: FunctionCatalog;
  readonly #nowMs: () => number;
  readonly #sleep: Sleep;

  constructor(options: EndpointOptions) {
    if (!options?.client?.id) {
      throw new StepfastError("invalid_config", "serve needs `client`: what `new Inngest({ id })` made");
    }
    this.#options = options;
    this.#catalog = new FunctionCatalog(options.client.id, options.functions);
    this.#nowMs = options.nowMs ?? Date.now;
    this.#sleep = options.sleep ?? sleep;
  }

  /** Answers a request. Whatever is wrong with it becomes a response. `canStream`: the adapter can send a stream. */
  handle(request: ServeRequest): Promise<ServeResponse>;
  handle(request: ServeRequest, canStream: boolean): Promise<ServeResponse | StreamedResponse>;
  async handle(request: ServeRequest, canStream = false): Promise<ServeResponse | StreamedResponse> {
    const { client } = this.#options;
    if (request.env) client.setEnvVars(request.env);
    const env = client.environment;
    const received = withUpperMethod(request);
    const timing = new Timing(this.#nowMs);
    const access = accessOf(received, this.#options, env);
    const { refused, ...verified } = await verdict(received, client, { access, nowMs: this.#nowMs() });
    timing.end("handler");
    if (refused) return responseOf(refused, { ...anonymousHeaders(), "server-timing": timing.header });
    const exchange: Exchange = { request: received, env, timing, key: undefined, ...verified };
    if (!isStreamedCall(exchange.request, this.#options, env)) return this.#respond(exchange);
    return canStream
      ? this.#stream(exchange)
      : this.#respond(exchange, cannotStream(this.#options.frameworkName));
  }

  /** The response for a request that could not even be read. */
  unreadable(error: unknown): ServeResponse {
    const { client, frameworkName } = this.#options;
    return responseOf(
      internalFailure(error),
      identityHeaders({ client, frameworkName, env: client.environment }),
    );
  }

  async #respond(exchange: Exchange, given?: Reply): Promise<ServeResponse> {
    let reply = given;
    try {
      reply ??= await this.#reply(exchange);
    } catch (error) {
      reply = internalFailure(error);
    }
    exchange.timing.end("action");
    const response = responseOf(reply, {
      ...this.#headers(exchange),
      "server-timing": exchange.timing.header,
      [names.requestVersion]: String(DEFAULT_VERSION),
    });
    return signed(response, { key: exchange.key, nowMs: this.#nowMs() });
  }

  #stream(exchange: Exchange): StreamedResponse {
    const headers = { ...this.#headers(exchange), "server-timing": exchange.timing.header };
    return { status: 201, headers, body: streamedBody(this.#respond(exchange), DEFAULT_VERSION) };
  }

  async #reply({ request, env }: Exchange): Promise<Reply> {
    switch (request.method) {
      case "GET":
        return { status: 200, json: await introspection(this.#source(env)) };
      case "PUT":
        return this.#sync(request, env);
      case "POST":
        return this.#post(request);
      default:
        return methodNotAllowed();
    }
  }

  #source(env: Environment): SyncSource {
    const { client, frameworkName } = this.#options;
    return { client, frameworkName, env, catalog: this.#catalog, options: this.#options };
  }

  async #sync(request: ServeRequest, env: Environment): Promise<Reply> {
    const source = this.#source(env);
    if (isInBandSync(request, env)) return syncInBand(source, request);
    return register(source, request, serveUrl(request.url, this.#options, env));
  }

  async #post(request: ServeRequest): Promise<Reply> {
    const probe = request.url.searchParams.get("probe");
    if (probe !== null) return probe === "trust" ? { status: 200, json: undefined } : unknownProbe(probe);
    const { client } = this.#options;
    return answerCall({ client, catalog: this.#catalog, nowMs: this.#nowMs, sleep: this.#sleep }, request);
  }

  #headers({ request, env }: Exchange): Record<string, string> {
    return identityHeaders(
      { client: this.#options.client, frameworkName: this.#options.frameworkName, env },
      request,
    );
  }
}

/** It is seldom another one: parts of a request may be made when they are looked at, and a copy has them all. */
function withUpperMethod(request: ServeRequest): ServeRequest {
  const method = request.method.toUpperCase();
  if (method === request.method) return request;
  const { url, body, env, signal } = request;
  const header = (name: string) => request.header(name);
  return { method, url, header, body, ...(env ? { env } : {}), ...(signal ? { signal } : {}) };
}

function cannotStream(frameworkName: string): Reply {
  const message = `the adapter "${frameworkName}" cannot stream: turn \`streaming\` off`;
  return internalFailure(new StepfastError("invalid_config", message));
}
