import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Untyped } from "../types/untyped.ts";

export interface TopicConfig {
  /** What is published must fit it, and what is received. */
  schema?: StandardSchemaV1;
}

export type TopicsConfig = Record<string, TopicConfig>;

/** What may be published to a topic. */
export type TopicInput<TTopic> = TTopic extends { schema: infer TSchema extends StandardSchemaV1 }
  ? StandardSchemaV1.InferInput<TSchema>
  : Untyped;

/** What subscribers of a topic receive. */
export type TopicData<TTopic> = TTopic extends { schema: infer TSchema extends StandardSchemaV1 }
  ? StandardSchemaV1.InferOutput<TSchema>
  : Untyped;

/** Where a message is published to: one topic of one channel. */
export interface TopicRef<TData = Untyped> {
  channel: string;
  topic: string;
  config: TopicConfig;
  /** Types only. */
  readonly "~data"?: TData;
}

/** A channel with its name, and a {@link TopicRef} under each topic's name. */
export type ChannelInstance<TName extends string = string, TTopics extends TopicsConfig = TopicsConfig> = {
  name: TName;
  topics: TTopics;
  /** Types only: what each topic's messages hold. */
  readonly $infer: { [K in keyof TTopics]: TopicData<TTopics[K]> };
} & { [K in string & keyof TTopics]: TopicRef<TopicInput<TTopics[K]>> };

/** A channel whose name is made of parameters: call it with them. */
export type ChannelDefinition<
  TParams extends Untyped[] = Untyped[],
  TName extends string = string,
  TTopics extends TopicsConfig = TopicsConfig,
> = ((...params: TParams) => ChannelInstance<TName, TTopics>) & {
  topics: TTopics;
  readonly $infer: { [K in keyof TTopics]: TopicData<TTopics[K]> };
  readonly $params: TParams[0];
};

type AnyName = string | ((...params: never[]) => string);

/** What {@link channel} makes of a name. */
export type ChannelOf<TName extends AnyName, TTopics extends TopicsConfig> = TName extends string
  ? ChannelInstance<TName, TTopics>
  : TName extends (...params: infer TParams) => string
    ? ChannelDefinition<TParams, ReturnType<TName>, TTopics>
    : never;

/** A channel, where its type does not matter: a name, or what {@link channel} made. */
export type ChannelInput = string | { name: string; topics: TopicsConfig };

/**
 * Describes a channel: `channel({ name: "chat", topics: { message: { schema } } })`, or with a name made of parameters,
 * `channel({ name: (id: string) => \`chat:\${id}\`, topics })`. Publish to `chat.message`, or `chat("7").message`.
 */
export function channel<const TName extends AnyName, const TTopics extends TopicsConfig>(options: {
  name: TName;
  topics: TTopics;
}): ChannelOf<TName, TTopics> {
  const { name, topics } = options;
  if (typeof name === "string") return instance(name, topics) as ChannelOf<TName, TTopics>;
  const define = (...params: never[]) => instance(name(...params), topics);
  Object.defineProperties(define, {
    topics: { value: topics, enumerable: true },
    $infer: { value: topics },
    $params: { value: undefined },
  });
  return define as unknown as ChannelOf<TName, TTopics>;
}

function instance(name: string, topics: TopicsConfig): object {
  const refs = Object.entries(topics).map(([topic, config]) => [topic, { channel: name, topic, config }]);
  return Object.defineProperty({ ...Object.fromEntries(refs), name, topics }, "$infer", { value: topics });
}

export function channelName(input: ChannelInput): string {
  return typeof input === "string" ? input : input.name;
}
