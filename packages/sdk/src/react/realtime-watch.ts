import type { ChannelInput } from "../realtime/channel.ts";
import type { Message, TopicOf } from "../realtime/message.ts";
import { type StreamSubscription, subscribe } from "../realtime/subscribe.ts";
import type { ClientSubscriptionToken, SubscriptionToken } from "../realtime/token.ts";
import {
  initialState,
  isTerminal,
  type PauseReason,
  type RealtimeState,
  withMessages,
  withRunNews,
} from "./realtime-state.ts";

type AnyToken<TChannel extends ChannelInput, TTopic extends string> =
  | ClientSubscriptionToken
  | SubscriptionToken<TChannel, TTopic>;

export interface UseRealtimeOptions<
  TChannel extends ChannelInput = ChannelInput,
  TTopic extends TopicOf<TChannel> = TopicOf<TChannel>,
> {
  channel?: TChannel;
  topics?: readonly TTopic[];
  /** The leave to subscribe, or what fetches it: asked again for each connection, since a token is valid for a minute. */
  token?: AnyToken<TChannel, TTopic> | (() => Promise<string | AnyToken<TChannel, TTopic>>);
  /** What it changes with begins anew. The token, where no `token` is given. */
  key?: string;
  /** False: no connection. Default true. */
  enabled?: boolean;
  /** Milliseconds to gather messages for before they are shown together. Default 0: each at once. */
  bufferInterval?: number;
  /** Check messages against their topics' schemas. Default true. */
  validate?: boolean;
  /** Messages kept in `messages.all`; null: all. Default 100. */
  historyLimit?: number | null;
  apiBaseUrl?: string;
  /** Connect again after a connection broke. Default true. */
  reconnect?: boolean;
  /** First and longest wait before that, milliseconds. Default 250 and 5,000. */
  reconnectMinMs?: number;
  reconnectMaxMs?: number;
  /** No connection while the page is hidden. Default true. */
  pauseOnHidden?: boolean;
  /** Leave when the run has ended. Default true. */
  autoCloseOnTerminal?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: options of any channel
type Options = UseRealtimeOptions<any, any>;

/** Keeps a subscription and the state a page shows of it, for {@link useRealtime}. */
export class RealtimeWatch {
  readonly #options: () => Options;
  readonly #listeners = new Set<() => void>();
  #state: RealtimeState = initialState;
  #buffer: Exclude<Message, { kind: "run" }>[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The connection that counts; one that is given up may still be on its way. */
  #round = 0;
  #subscription: StreamSubscription | undefined;
  #wakeUp = () => {};

  constructor(options: () => Options) {
    this.#options = options;
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): RealtimeState => this.#state;

  /** Forgets what came so far. */
  readonly reset = (): void => {
    this.#buffer = [];
    const { connectionStatus, pauseReason } = this.#state;
    this.#set({ ...initialState, connectionStatus, pauseReason });
  };

  /** Connects, unless there is a reason not to. */
  start(pauseReason: PauseReason): void {
    const round = ++this.#round;
    if (pauseReason !== null) return this.#set({ ...this.#state, pauseReason, connectionStatus: "paused" });
    this.#set({ ...this.#state, pauseReason });
    void this.#keepConnected(round);
  }

  stop(): void {
    this.#round++;
    this.#flush();
    this.#subscription?.close("The page left");
    this.#subscription = undefined;
    this.#wakeUp();
    if (this.#state.connectionStatus === "open") this.#set({ ...this.#state, connectionStatus: "closed" });
  }

  async #keepConnected(round: number): Promise<void> {
    for (let failures = 0; round === this.#round; failures++) {
      const { connectionStatus } = await this.#connection(round);
      if (round !== this.#round) return;
      if (connectionStatus === "closed") failures = 0;
      const { reconnect = true, autoCloseOnTerminal = true } = this.#options();
      if (!reconnect || (autoCloseOnTerminal && isTerminal(this.#state))) return;
      await this.#pause(failures);
    }
  }

  /** One connection, from its beginning to its end. */
  async #connection(round: number): Promise<RealtimeState> {
    this.#set({ ...this.#state, connectionStatus: "connecting", error: null });
    try {
      await this.#read(round);
      if (round === this.#round) this.#set({ ...this.#state, connectionStatus: "closed" });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (round === this.#round) this.#set({ ...this.#state, connectionStatus: "error", error });
    }
    return this.#state;
  }

  async #read(round: number): Promise<void> {
    const { validate, autoCloseOnTerminal = true } = this.#options();
    const subscription = await subscribe({ ...(await this.#target()), validate });
    if (round !== this.#round) return subscription.close();
    this.#subscription = subscription;
    const { runStatus } = this.#state;
    this.#set({
      ...this.#state,
      connectionStatus: "open",
      runStatus: runStatus === "unknown" ? "running" : runStatus,
    });
    const reader = subscription.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || round !== this.#round) break;
      this.#take(value);
      if (autoCloseOnTerminal && isTerminal(this.#state)) subscription.close("The run has ended");
    }
    this.#flush();
  }

  async #target(): Promise<SubscriptionToken> {
    const { token, channel, topics, key, apiBaseUrl } = this.#options();
    const found: string | Partial<SubscriptionToken> | undefined =
      typeof token === "function" ? await token() : (token ?? key);
    if (found === undefined) throw new Error("useRealtime needs a `token`, or a function that fetches one");
    const given: Partial<SubscriptionToken> = typeof found === "string" ? { key: found } : found;
    const target = { channel: given.channel ?? channel, topics: given.topics ?? topics };
    if (!target.channel || !target.topics) throw new Error("useRealtime needs `channel` and `topics`");
    return { ...target, key: given.key, apiBaseUrl: apiBaseUrl ?? given.apiBaseUrl } as SubscriptionToken;
  }

  #take(message: Message): void {
    if (message.kind === "run") return this.#set(withRunNews(this.#state, message.data));
    this.#buffer.push(message);
    const { bufferInterval = 0 } = this.#options();
    if (bufferInterval <= 0) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), bufferInterval);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { historyLimit = 100 } = this.#options();
    this.#set(withMessages(this.#state, this.#buffer.splice(0), historyLimit));
  }

  #pause(failures: number): Promise<void> {
    const { reconnectMinMs = 250, reconnectMaxMs = 5_000 } = this.#options();
    const delayMs = Math.min(reconnectMaxMs, reconnectMinMs * 2 ** failures + Math.random() * reconnectMinMs);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #set(state: RealtimeState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
