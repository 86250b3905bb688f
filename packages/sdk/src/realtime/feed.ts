import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { RealtimeMessage } from "@stepfast/protocol";
import { type ChannelInput, channelName } from "./channel.ts";
import type { DataMessage, Message, StreamMessage } from "./message.ts";

export interface FeedOptions {
  channel: ChannelInput;
  topics: readonly string[];
  validate: boolean;
  /** Takes a message in. */
  tell(message: Message): void;
  /** A message that does not fit its topic's schema; it is left out. */
  misfit(error: Error): void;
}

interface OpenStream {
  stream: ReadableStream<string>;
  controller: ReadableStreamDefaultController<string>;
}

/** What a subscriber makes of the server's messages: checked, in order, streams put together. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #channel: string;
  readonly #streams = new Map<string, OpenStream>();
  /** A check that takes its time holds back what comes after it. */
  #before: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#channel = channelName(options.channel);
  }

  take(message: RealtimeMessage): void {
    if (this.#before) this.#before = this.#before.then(() => this.#handle(message));
    else {
      const handled = this.#handle(message);
      if (!handled) return;
      const settled = handled.then(() => {
        if (this.#before === settled) this.#before = undefined;
      });
      this.#before = settled;
    }
  }

  /** Nothing follows. */
  close(): void {
    for (const { controller } of this.#streams.values()) controller.close();
    this.#streams.clear();
  }

  #handle(message: RealtimeMessage): Promise<void> | undefined {
    if (message.channel !== undefined && message.channel !== this.#channel) return undefined;
    if (message.kind === "run") return this.#tell(runMessage(message));
    const { topic } = message;
    if (topic === undefined || !this.#options.topics.includes(topic)) return undefined;
    if (message.kind === "data") return this.#takeData(message, topic);
    return this.#takeStream(message, topic);
  }

  #takeData(message: RealtimeMessage, topic: string): Promise<void> | undefined {
    const schema = this.#schemaOf(topic);
    if (!schema) return this.#tell(dataMessage(message, topic, message.data));
    const result = schema["~standard"].validate(message.data);
    if (result instanceof Promise) return result.then((known) => this.#checked(message, topic, known));
    return this.#checked(message, topic, result);
  }

  #checked(message: RealtimeMessage, topic: string, result: StandardSchemaV1.Result<unknown>): undefined {
    if (!result.issues) return this.#tell(dataMessage(message, topic, result.value));
    const why = result.issues.map((issue) => issue.message).join(", ");
    this.#options.misfit(
      new Error(`A message on "${this.#channel}", topic "${topic}", does not fit: ${why}`),
    );
    return undefined;
  }

  #takeStream(message: RealtimeMessage, topic: string): undefined {
    const { kind, data } = message;
    const id = kind === "chunk" ? message.stream_id : data;
    if (typeof id !== "string" || !isStreamKind(kind)) return undefined;
    const open = kind === "datastream-start" ? this.#open(id) : this.#streams.get(id);
    // Its start was before this subscription's.
    if (!open) return undefined;
    if (kind === "chunk") open.controller.enqueue(String(data));
    if (kind === "datastream-end") {
      open.controller.close();
      this.#streams.delete(id);
    }
    const about = { kind, channel: this.#channel, topic, data: String(data), streamId: id } as const;
    return this.#tell({ ...about, stream: open.stream, ...originOf(message) });
  }

  #open(id: string): OpenStream | undefined {
    if (this.#streams.has(id)) return undefined;
    let controller: ReadableStreamDefaultController<string> | undefined;
    const stream = new ReadableStream<string>({
      start: (own) => {
        controller = own;
      },
      cancel: () => {
        this.#streams.delete(id);
      },
    });
    if (!controller) return undefined;
    const open = { stream, controller };
    this.#streams.set(id, open);
    return open;
  }

  #tell(message: Message): undefined {
    this.#options.tell(message);
    return undefined;
  }

  #schemaOf(topic: string): StandardSchemaV1 | undefined {
    const { channel, validate } = this.#options;
    if (!validate || typeof channel === "string") return undefined;
    return channel.topics?.[topic]?.schema;
  }
}

function isStreamKind(kind: string): kind is StreamMessage["kind"] {
  return kind === "datastream-start" || kind === "chunk" || kind === "datastream-end";
}

function originOf(message: RealtimeMessage): { runId?: string; fnId?: string } {
  return { runId: message.run_id, fnId: message.fn_id };
}

function dataMessage(message: RealtimeMessage, topic: string, data: unknown): DataMessage {
  const { channel, created_at: at } = message;
  return { kind: "data", channel, topic, data, createdAt: dateOf(at), ...originOf(message) };
}

function runMessage(message: RealtimeMessage): Message {
  const { channel, topic, data, created_at: at } = message;
  return { kind: "run", channel, topic, data, createdAt: dateOf(at), ...originOf(message) };
}

function dateOf(text: string | undefined): Date {
  return text === undefined ? new Date() : new Date(text);
}
