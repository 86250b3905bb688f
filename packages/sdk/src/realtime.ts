export { staticSchema } from "./function/event-type.ts";
export type {
  ChannelDefinition,
  ChannelInput,
  ChannelInstance,
  ChannelOf,
  TopicConfig,
  TopicData,
  TopicInput,
  TopicRef,
  TopicsConfig,
} from "./realtime/channel.ts";
export { channel } from "./realtime/channel.ts";
export { realtime } from "./realtime/index.ts";
export type { DataMessage, Message, RunMessage, StreamMessage, TopicOf } from "./realtime/message.ts";
export type {
  CallbackSubscription,
  MessageCallback,
  StreamSubscription,
  SubscribeOptions,
} from "./realtime/subscribe.ts";
export { subscribe } from "./realtime/subscribe.ts";
export {
  type ClientSubscriptionToken,
  getClientSubscriptionToken,
  getSubscriptionToken,
  type SubscriptionToken,
} from "./realtime/token.ts";
export type * as Realtime from "./realtime/type-names.ts";
