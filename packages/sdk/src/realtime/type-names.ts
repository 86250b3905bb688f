/** All of `Realtime.…`: the types of channels, topics and messages. */
export type {
  ChannelDefinition as ChannelDef,
  ChannelInput,
  ChannelInstance,
  TopicConfig,
  TopicInput as InferTopicData,
  TopicRef,
  TopicsConfig,
} from "./channel.ts";
export type { Message } from "./message.ts";
export type * as Subscribe from "./subscription-names.ts";
