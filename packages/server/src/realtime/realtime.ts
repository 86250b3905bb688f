import type { Clock, EngineContract, Log } from "@stepfast/engine";
import { limits, type RealtimeMessage } from "@stepfast/protocol";
import type { RunRow, Store } from "@stepfast/store";
import { Channels, type Subscriber, type Subscription } from "./channels.ts";
import type { Parcel } from "./parcel.ts";
import { Relay } from "./relay.ts";
import { RunEnds } from "./run-ends.ts";
import { runMessage } from "./run-message.ts";
import { type Grant, Tokens } from "./tokens.ts";

export interface RealtimeOptions {
  engine: Pick<EngineContract, "onRunEnd" | "peers" | "secret">;
  store: Store;
  clock: Clock;
  log: Log;
}

/** A subscriber and what it hears, until it is dropped. */
export interface OpenSubscription {
  /** Hears more. */
  add(grant: Grant): void;
  remove(topics: Grant["topics"]): void;
  drop(): void;
}

/**
 * Messages from publishers to whoever subscribes at that moment, on this node and on the others: each at most once, none
 * kept. A subscriber that is too slow loses its connection, never the publisher's time.
 */
export class Realtime {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly ends: RunEnds;
  readonly #channels = new Channels();
  readonly #relay: Relay;

  constructor({ engine, store, clock, log }: RealtimeOptions) {
    this.clock = clock;
    this.tokens = new Tokens({ clock, secret: () => engine.secret("tokens") });
    this.ends = new RunEnds({ engine, store, clock });
    this.#relay = new Relay({ peers: () => engine.peers(), token: () => this.tokens.forRelay(), log });
  }

  publish(message: Omit<RealtimeMessage, "created_at">): void {
    const createdAt = new Date(this.clock.now()).toISOString();
    this.#send({ kind: "message", message: { ...message, created_at: createdAt } });
  }

  /** Text for those who follow the run's stream, as it is. */
  publishRaw(channel: string, text: string): void {
    this.#send({ kind: "raw", channel, text });
  }

  /** From another node. */
  take(parcel: Parcel): void {
    this.#channels.deliver(parcel);
  }

  /** Throws `too_many_subscriptions`, `engine_closed`. */
  subscribe(subscriber: Subscriber, grant: Grant): OpenSubscription {
    const subscription = this.#channels.open(subscriber);
    const watches = new Map<string, () => void>();
    const opened: OpenSubscription = {
      add: ({ topics, runId }) => {
        this.#channels.add(subscription, topics);
        if (runId !== undefined) this.#channels.addAll(subscription, runId);
        for (const channel of subscription.heard.keys()) this.#watchRun(channel, subscription, watches);
      },
      remove: (topics) => this.#channels.remove(subscription, topics),
      drop: () => {
        this.#channels.drop(subscription);
        for (const forget of watches.values()) forget();
      },
    };
    opened.add(grant);
    return opened;
  }

  close(): void {
    this.ends.close();
    this.#channels.close();
  }

  #send(parcel: Parcel): void {
    this.#channels.deliver(parcel);
    this.#relay.send(parcel);
  }

  /** A channel that bears a run's id tells how the run ended, whenever that was: also to who comes late. */
  #watchRun(channel: string, subscription: Subscription, watches: Map<string, () => void>): void {
    if (watches.has(channel) || channel.length !== RUN_ID_LENGTH) return;
    const tell = (run: RunRow) => {
      const message = runMessage(run);
      const text = JSON.stringify(message);
      if (subscription.hears(message)) subscription.subscriber.message(message, text);
    };
    watches.set(channel, this.ends.watch(channel, tell));
  }
}

const RUN_ID_LENGTH = 26;

/** Whether a name may be a channel's or a topic's. */
export function isName(name: unknown): name is string {
  return typeof name === "string" && name !== "" && Buffer.byteLength(name) <= limits.realtimeNameBytes;
}
