import {
  ATTACH,
  type InlineClient,
  type InlineTransport,
  type Json,
  StepfastError,
} from "@stepfast/protocol";
import type { EndpointAdapter, WebHandler } from "../endpoint/adapter.ts";
import type { EndpointHandler } from "../endpoint/durable-endpoint.ts";
import type { InngestFunction } from "../function/function.ts";
import { ConsoleLogger } from "../logging/console-logger.ts";
import type { Logger } from "../logging/logger.ts";
import type { MetadataBuilder } from "../metadata/builder.ts";
import { clientMetadata } from "../metadata/middleware.ts";
import type { ContextOfOptions, MiddlewareClass } from "../middleware/base.ts";
import { MiddlewareChain } from "../middleware/chain.ts";
import { ClientRealtime } from "../realtime/client-realtime.ts";
import { type ClientScore, clientScore } from "../score/score.ts";
import type { EventPayload, EventSessions, SendEventBaseOutput, SendEventPayload } from "../types/event.ts";
import type { SendSignalResponse } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import { type CreateFunction, functionOf } from "./create-function.ts";
import { postEvents, randomSeed } from "./event-sender.ts";
import type { ClientOptions } from "./options.ts";
import { outgoingEvent, validateCreated } from "./outgoing-event.ts";
import { ClientSettings } from "./settings.ts";
import { postSignal } from "./signal-sender.ts";

const NO_EVENT_KEY = "NO_EVENT_KEY_SET";

type AnyFunction = InngestFunction<Untyped, Untyped>;

/** How a send is to be done. */
export interface SendFrom {
  /** Makes event ids repeatable; absent: a fresh one. */
  seed?: string;
  sessions?: EventSessions | undefined;
  env?: string | undefined;
}

/** The client: sends events, makes functions. */
export class Inngest<const TOptions extends ClientOptions = ClientOptions>
  extends ClientSettings<TOptions>
  implements InlineClient
{
  readonly id: string;
  readonly middleware: readonly MiddlewareClass[];
  readonly logger: Logger;
  readonly internalLogger: Logger;
  /** Resolves when the client can be used, which is at once. */
  readonly ready: Promise<void> = Promise.resolve();
  /**
   * Makes a function: `createFunction({ id, triggers }, handler)` or `createFunction({ id }, trigger, handler)`.
   * Throws `invalid_config` if the configuration cannot work.
   */
  readonly createFunction: CreateFunction<ContextOfOptions<TOptions>>;
  /** Messages to whoever subscribes at that moment. */
  readonly realtime: ClientRealtime = new ClientRealtime(this);
  /** Scores runs, steps and variants of experiments. */
  readonly score: ClientScore = clientScore(this);
  readonly #functions: AnyFunction[] = [];
  #transport: InlineTransport | null = null;

  constructor(options: TOptions) {
    if (typeof options?.id !== "string" || options.id === "") {
      throw new StepfastError("invalid_config", 'A client needs an id: new Inngest({ id: "my-app" })');
    }
    super(options);
    this.id = options.id;
    this.middleware = options.middleware ?? [];
    this.logger = options.logger ?? new ConsoleLogger();
    this.internalLogger = options.internalLogger ?? this.logger;
    this.createFunction = (config: unknown, second: unknown, third?: unknown): Untyped =>
      this.register(functionOf(this, config, second, third));
    for (const Class of this.middleware) Class.onRegister?.({ client: this, fn: null });
  }

  /** Functions made with this client. */
  get funcs(): readonly AnyFunction[] {
    return this.#functions;
  }

  /** Takes in a function made for this client. */
  register<F extends AnyFunction>(fn: F): F {
    this.#functions.push(fn);
    for (const Class of fn.opts.middleware ?? []) Class.onRegister?.({ client: this, fn });
    return fn;
  }

  /** The client's middleware, then the function's. */
  middlewareOf(fn: AnyFunction | null): readonly MiddlewareClass[] {
    const own = fn?.opts.middleware;
    return own ? [...this.middleware, ...own] : this.middleware;
  }

  /** Whether an engine in this process takes what this client sends. */
  get isAttached(): boolean {
    return this.#transport !== null;
  }

  /**
   * Makes a handler of requests durable: `step` within it is a step of a run. Throws `invalid_config` without an
   * `endpointAdapter`.
   */
  endpoint(handler: EndpointHandler): WebHandler {
    return this.#endpointAdapter().endpoint(this, handler);
  }

  /** A handler of requests that hands on the output of an endpoint's run: `?runId=…&token=…`. */
  endpointProxy(): WebHandler {
    return this.#endpointAdapter().proxy(this);
  }

  #endpointAdapter(): EndpointAdapter {
    const { endpointAdapter } = this.options;
    if (endpointAdapter) return endpointAdapter;
    throw new StepfastError(
      "invalid_config",
      'A durable endpoint needs an adapter: new Inngest({ id, endpointAdapter }) with that of "stepfast/edge", "/node" or "/next"',
    );
  }

  /** Notes about runs and their steps. Throws `invalid_config` without `metadataMiddleware`. */
  get metadata(): MetadataBuilder {
    return clientMetadata(this);
  }

  /** The way to an engine in this process, if there is one. */
  get inlineTransport(): InlineTransport | null {
    return this.#transport;
  }

  [ATTACH](transport: InlineTransport | null): void {
    this.#transport = transport;
  }

  /** Sends one event or several, all or none. Rejects if they could not be sent. */
  send(payload: SendEventPayload, options: { env?: string } = {}): Promise<SendEventBaseOutput> {
    return this.sendFrom(null, payload, { env: options.env });
  }

  /** Sends on behalf of a function, or of nobody. */
  async sendFrom(
    fn: AnyFunction | null,
    payload: SendEventPayload,
    how: SendFrom,
  ): Promise<SendEventBaseOutput> {
    const payloads = Array.isArray(payload)
      ? [...payload]
      : isNothing(payload)
        ? []
        : [payload as EventPayload];
    if (payloads.length === 0) {
      this.internalLogger.warn("send() was called with no events");
      return { ids: [] };
    }
    const classes = this.middlewareOf(fn);
    if (classes.length === 0) return this.#deliver(payloads, how);
    const chain = new MiddlewareChain(this, classes);
    const { events } = await chain.transformSendEvent({ events: payloads, fn });
    return (await chain.wrap("wrapSendEvent", { events, fn }, () =>
      this.#deliver(events, how),
    )) as SendEventBaseOutput;
  }

  async #deliver(
    payloads: readonly EventPayload[],
    { seed, sessions, env }: SendFrom,
  ): Promise<SendEventBaseOutput> {
    await validateCreated(payloads);
    const propagated = this.propagatesSessions ? sessions : undefined;
    const events = payloads.map((payload) => outgoingEvent(payload, propagated));
    if (this.#transport) return this.#transport.send(plain(events), seed);
    return postEvents(events, seed ?? randomSeed(), {
      fetch: this.fetch,
      baseUrl: this.eventBaseUrl,
      eventKey: this.#keyForEvents(),
      env: env ?? this.env,
      platform: this.platform,
    });
  }

  #keyForEvents(): string {
    const key = this.eventKey ?? (this.mode === "dev" ? NO_EVENT_KEY : undefined);
    if (key !== undefined) return key;
    throw new StepfastError(
      "invalid_config",
      "No event key: set INNGEST_EVENT_KEY or the client's eventKey, or isDev: true to use a development server",
    );
  }

  /** Wakes the run that waits for a signal. `runId` is undefined if none does. */
  async sendSignal(options: { signal: string; data?: unknown; env?: string }): Promise<SendSignalResponse> {
    const data = plain(options.data ?? null) as Json;
    if (this.#transport) return this.#transport.sendSignal(options.signal, data);
    return postSignal(this, { signal: options.signal, data, env: options.env });
  }
}

export declare namespace Inngest {
  /** A client, whatever its options. */
  type Any = Inngest<Untyped>;
  type Like = Any;
}

// Code without types sends what it did not find.
function isNothing(payload: unknown): boolean {
  return payload === undefined || payload === null;
}

/** What is left of a value after JSON: nothing of the sender's is shared with the engine. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Also true of a client from another copy of this package. */
export function isInngest(value: unknown): value is Inngest<Untyped> {
  if (value instanceof Inngest) return true;
  return typeof value === "object" && value !== null && ATTACH in value && "createFunction" in value;
}
