import type { Untyped } from "../types/untyped.ts";
import type { ChannelInput, TopicData, TopicsConfig } from "./channel.ts";

interface Origin {
  runId?: string;
  fnId?: string;
}

/** A message that was published. */
export interface DataMessage<TTopic extends string = string, TData = Untyped> extends Origin {
  kind: "data";
  channel: string;
  topic: TTopic;
  data: TData;
  createdAt: Date;
  envId?: string;
}

/** The start, a piece, or the end of a stream that was published. */
export interface StreamMessage<TTopic extends string = string> extends Origin {
  kind: "datastream-start" | "chunk" | "datastream-end";
  channel: string;
  topic: TTopic;
  /** The stream's id; of a chunk its text. */
  data: string;
  streamId: string;
  /** The chunks from here on, the same object in all messages of a stream. */
  stream: ReadableStream<string>;
}

/** How a run ended, on the channel that bears its id: `data` is `{ status, result?, error? }`. */
export interface RunMessage extends Origin {
  kind: "run";
  channel?: string;
  topic?: string;
  data: unknown;
  createdAt: Date;
  envId?: string;
}

type ConfigOf<TChannel> = TChannel extends { topics: infer TTopics extends TopicsConfig } ? TTopics : never;
type DataIn<TChannel, TTopic extends string> = TTopic extends keyof ConfigOf<TChannel>
  ? TopicData<ConfigOf<TChannel>[TTopic]>
  : Untyped;

/** What a subscriber of these topics receives. */
export type Message<TChannel extends ChannelInput = ChannelInput, TTopic extends string = string> =
  | (TTopic extends string ? DataMessage<TTopic, DataIn<TChannel, TTopic>> | StreamMessage<TTopic> : never)
  | RunMessage;

/** The names of a channel's topics; of a channel that is only a name, any. */
export type TopicOf<TChannel> = TChannel extends string
  ? string
  : [ConfigOf<TChannel>] extends [never]
    ? string
    : string & keyof ConfigOf<TChannel>;
