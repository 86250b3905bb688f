import type { Inngest } from "../client/client.ts";
import type { Untyped } from "../types/untyped.ts";
import { type ChannelInput, channelName } from "./channel.ts";
import { type Connection, type ConnectionEvents, connect } from "./connection.ts";
import { Fanout } from "./fanout.ts";
import { Feed } from "./feed.ts";
import type { Message, TopicOf } from "./message.ts";
import { type SubscriptionToken, tokenKey } from "./token.ts";

const DEFAULT_API = "https://api.inngest.com/";

export interface SubscribeOptions<
  TChannel extends ChannelInput = ChannelInput,
  TTopic extends string = string,
> extends SubscriptionToken<TChannel, TTopic> {
  /** Fetches the token itself, where no `key` is given. */
  app?: Inngest<Untyped>;
  /** Check messages against their topics' schemas; those that do not fit are left out. Default true. */
  validate?: boolean;
  onMessage?: MessageCallback<TChannel, TTopic>;
  /** Told of a callback that threw, and of messages that do not fit. Default: the console. */
  onError?: (error: unknown) => void;
}

export type MessageCallback<TChannel extends ChannelInput = ChannelInput, TTopic extends string = string> = (
  message: Message<TChannel, TTopic>,
) => unknown;

/** A subscription whose messages go to a callback. */
export interface CallbackSubscription {
  close(reason?: string): void;
  /** The same as `close`. */
  unsubscribe(reason?: string): void;
}

/** A subscription that is a stream of messages. */
export interface StreamSubscription<TMessage = Message>
  extends ReadableStream<TMessage>,
    CallbackSubscription {
  /** Another stream of the messages from now on. */
  getJsonStream(): ReadableStream<TMessage>;
  /** The messages from now on as server-sent events, for the body of a response. */
  getEncodedStream(): ReadableStream<Uint8Array>;
}

type WithCallback<TChannel extends ChannelInput, TTopic extends string> = SubscribeOptions<
  TChannel,
  TTopic
> & { onMessage: MessageCallback<TChannel, TTopic> };

/** Hears the messages of these topics from now on, until it is closed. Rejects if the server refuses. */
export function subscribe<TChannel extends ChannelInput, const TTopic extends TopicOf<TChannel>>(
  options: WithCallback<TChannel, TTopic>,
): Promise<CallbackSubscription>;
export function subscribe<TChannel extends ChannelInput, const TTopic extends TopicOf<TChannel>>(
  options: SubscribeOptions<TChannel, TTopic>,
  callback?: MessageCallback<TChannel, TTopic>,
): Promise<StreamSubscription<Message<TChannel, TTopic>>>;
export async function subscribe(
  options: SubscribeOptions,
  callback?: MessageCallback,
): Promise<CallbackSubscription | StreamSubscription> {
  const subscription = new Subscription(options);
  // Before it is open: the first message may come with the connection.
  const onMessage = options.onMessage ?? callback;
  if (onMessage) subscription.listen(onMessage);
  const stream = options.onMessage ? undefined : subscription.jsonStream();
  await subscription.open();
  const close = (reason?: string) => subscription.close(reason);
  const closers = { close, unsubscribe: close };
  if (!stream) return closers;
  return Object.assign(stream, closers, {
    getJsonStream: () => subscription.jsonStream(),
    getEncodedStream: () => subscription.encodedStream(),
  });
}

class Subscription {
  readonly #options: SubscribeOptions;
  readonly #fanout = new Fanout<Message>();
  readonly #feed: Feed;
  readonly #events: ConnectionEvents;
  #connection: Connection | undefined;
  #isOpen = true;

  constructor(options: SubscribeOptions) {
    this.#options = options;
    this.#feed = new Feed({
      channel: options.channel,
      topics: options.topics,
      validate: options.validate ?? true,
      tell: (message) => this.#fanout.write(message),
      misfit: (error) => this.#complain(error),
    });
    this.#events = {
      message: (message) => {
        if (!this.#isOpen) return;
        if (message.kind === "closing") this.close();
        else this.#feed.take(message);
      },
      closed: () => this.close(),
    };
  }

  async open(): Promise<void> {
    const connection = await this.#connect();
    if (this.#isOpen) this.#connection = connection;
    else connection.close();
  }

  async #connect(): Promise<Connection> {
    const { app, channel, topics, key, apiBaseUrl } = this.#options;
    const name = channelName(channel);
    const inline = key === undefined ? app?.inlineTransport?.realtime : undefined;
    if (inline) return { close: inline.subscribe(name, [...topics], this.#events.message) };
    const token = key ?? (app && (await tokenKey(app, name, topics)));
    if (!token) throw new Error("A subscription needs a token: give `key`, or the client as `app`");
    const base = apiBaseUrl ?? app?.apiBaseUrl ?? DEFAULT_API;
    const request = app?.fetch ?? globalThis.fetch.bind(globalThis);
    return connect({ apiBaseUrl: base, key: token, fetch: request }, this.#events);
  }

  close(reason = "The subscriber left"): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#connection?.close(reason);
    this.#feed.close();
    this.#fanout.close();
  }

  /** One message at a time: the next one waits for the callback. */
  listen(callback: MessageCallback): void {
    let before: Promise<unknown> = Promise.resolve();
    this.#fanout.listen((message) => {
      before = before.then(() => callback(message)).catch((error: unknown) => this.#complain(error));
    });
  }

  jsonStream(): ReadableStream<Message> {
    return this.#fanout.stream((message) => message);
  }

  encodedStream(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    return this.#fanout.stream((message) => encoder.encode(`data: ${JSON.stringify(message)}\n\n`));
  }

  #complain(error: unknown): void {
    const { onError, app } = this.#options;
    if (onError) onError(error);
    else (app?.internalLogger ?? console).error("A realtime subscription:", error);
  }
}
