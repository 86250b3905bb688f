import { limits, type RealtimeMessage, type RealtimeTopic, StepfastError } from "@stepfast/protocol";
import type { Parcel } from "./parcel.ts";

/** The far end of a subscription. */
export interface Subscriber {
  /** A message, and its JSON text. */
  message(message: RealtimeMessage, text: string): void;
  /** What a run streams to the caller of its endpoint. */
  raw?(text: string): void;
  /** Nothing follows: the server is closing. */
  close(): void;
}

/** What one subscriber hears. */
export class Subscription {
  readonly subscriber: Subscriber;
  /** Topics by channel; "all": whatever comes. */
  readonly heard = new Map<string, Set<string> | "all">();

  constructor(subscriber: Subscriber) {
    this.subscriber = subscriber;
  }

  hears({ channel, topic, kind }: RealtimeMessage): boolean {
    const topics = this.heard.get(channel);
    if (topics === undefined) return false;
    // How a run ended concerns everyone on the channel that bears its id.
    return topics === "all" || kind === "run" || (topic !== undefined && topics.has(topic));
  }
}

/** Who hears what on this node. */
export class Channels {
  readonly #byChannel = new Map<string, Set<Subscription>>();
  readonly #open = new Set<Subscription>();
  readonly #max: number;
  #isClosed = false;

  constructor(max: number = limits.realtimeSubscriptions) {
    this.#max = max;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Throws `too_many_subscriptions`, `engine_closed`. */
  open(subscriber: Subscriber): Subscription {
    if (this.#isClosed) {
      const message = "This node is shutting down: subscribe at another one, or in a second";
      throw new StepfastError("engine_closed", message);
    }
    if (this.#open.size >= this.#max) {
      throw new StepfastError(
        "too_many_subscriptions",
        `This node serves ${this.#max} subscriptions already: try again later, or on another node`,
      );
    }
    const subscription = new Subscription(subscriber);
    this.#open.add(subscription);
    return subscription;
  }

  drop(subscription: Subscription): void {
    this.#open.delete(subscription);
    for (const channel of subscription.heard.keys()) this.#leave(subscription, channel);
    subscription.heard.clear();
  }

  add(subscription: Subscription, topics: RealtimeTopic[]): void {
    if (!this.#open.has(subscription)) return;
    for (const { channel, name } of topics) {
      const heard = subscription.heard.get(channel);
      if (heard === "all") continue;
      if (heard) heard.add(name);
      else this.#join(subscription, channel, new Set([name]));
    }
  }

  addAll(subscription: Subscription, channel: string): void {
    if (this.#open.has(subscription)) this.#join(subscription, channel, "all");
  }

  remove(subscription: Subscription, topics: RealtimeTopic[]): void {
    for (const { channel, name } of topics) {
      const heard = subscription.heard.get(channel);
      if (heard === undefined || heard === "all") continue;
      heard.delete(name);
      if (heard.size > 0) continue;
      subscription.heard.delete(channel);
      this.#leave(subscription, channel);
    }
  }

  deliver(parcel: Parcel): void {
    if (parcel.kind === "raw") {
      for (const { subscriber } of this.#on(parcel.channel)) subscriber.raw?.(parcel.text);
      return;
    }
    const { message } = parcel;
    let text: string | undefined;
    for (const subscription of this.#on(message.channel)) {
      if (!subscription.hears(message)) continue;
      text ??= JSON.stringify(message);
      subscription.subscriber.message(message, text);
    }
  }

  /** Who comes from now on would be waited for in vain. */
  close(): void {
    this.#isClosed = true;
    for (const subscription of [...this.#open]) {
      this.drop(subscription);
      subscription.subscriber.close();
    }
  }

  /** A copy: who cannot keep up is dropped meanwhile. */
  #on(channel: string): Subscription[] {
    return [...(this.#byChannel.get(channel) ?? [])];
  }

  #join(subscription: Subscription, channel: string, topics: Set<string> | "all"): void {
    subscription.heard.set(channel, topics);
    const there = this.#byChannel.get(channel);
    if (there) there.add(subscription);
    else this.#byChannel.set(channel, new Set([subscription]));
  }

  #leave(subscription: Subscription, channel: string): void {
    const there = this.#byChannel.get(channel);
    there?.delete(subscription);
    if (there?.size === 0) this.#byChannel.delete(channel);
  }
}
