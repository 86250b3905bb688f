import type { Inngest } from "../client/client.ts";
import { currentRunId } from "../execution/ambient.ts";
import type { Untyped } from "../types/untyped.ts";
import type { ChannelInput, TopicRef } from "./channel.ts";
import type { Message, TopicOf } from "./message.ts";
import { checkPublished, type Publication, publish } from "./publish.ts";
import {
  type CallbackSubscription,
  type MessageCallback,
  type StreamSubscription,
  type SubscribeOptions,
  subscribe,
} from "./subscribe.ts";
import { getSubscriptionToken, type SubscriptionToken } from "./token.ts";

/** `client.realtime`. */
export class ClientRealtime {
  readonly #client: Inngest<Untyped>;

  constructor(client: Inngest<Untyped>) {
    this.#client = client;
  }

  /**
   * Publishes to whoever subscribes now; a `ReadableStream` of text is published as it comes. Within a function it is
   * done again with every replay: `step.realtime.publish` is not. Rejects if the data do not fit the topic's schema.
   */
  async publish<TData>(to: TopicRef<TData>, data: NoInfer<TData> | ReadableStream<Untyped>): Promise<void> {
    await checkPublished(to, data);
    await this.send({ to, data, runId: currentRunId() });
  }

  /** As `subscribe`, with this client's own token. */
  subscribe<TChannel extends ChannelInput, const TTopic extends TopicOf<TChannel>>(
    options: SubscribeOptions<TChannel, TTopic> & { onMessage: MessageCallback<TChannel, TTopic> },
  ): Promise<CallbackSubscription>;
  subscribe<TChannel extends ChannelInput, const TTopic extends TopicOf<TChannel>>(
    options: SubscribeOptions<TChannel, TTopic>,
  ): Promise<StreamSubscription<Message<TChannel, TTopic>>>;
  subscribe(options: SubscribeOptions): Promise<CallbackSubscription | StreamSubscription> {
    return subscribe({ ...options, app: this.#client });
  }

  /** A token that a page can subscribe with, within a minute. */
  token<TChannel extends ChannelInput, const TTopic extends TopicOf<TChannel>>(options: {
    channel: TChannel;
    topics: readonly TTopic[];
  }): Promise<SubscriptionToken<TChannel, TTopic> & { key: string }> {
    return getSubscriptionToken(this.#client, options);
  }

  /** Publishes what was checked. */
  send(publication: Publication): Promise<void> {
    return publish(this.#client, publication);
  }
}
