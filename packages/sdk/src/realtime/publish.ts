import { type Json, StepfastError } from "@stepfast/protocol";
import { postToApi, streamToApi } from "../client/api.ts";
import type { Inngest } from "../client/client.ts";
import { describeIssues, validateWith } from "../function/schema.ts";
import type { Untyped } from "../types/untyped.ts";
import type { TopicRef } from "./channel.ts";

/** What is to be published, and on whose behalf. */
export interface Publication {
  to: TopicRef;
  data: unknown;
  runId?: string | undefined;
}

/** Throws `invalid_request` for what is no topic, or data that do not fit the topic's schema. */
export async function checkPublished(to: TopicRef, data: unknown): Promise<void> {
  if (!to?.channel || !to.topic) {
    throw new StepfastError(
      "invalid_request",
      "Publish to a topic of a channel: chat.message, chat(id).message",
    );
  }
  const schema = to.config?.schema;
  if (!schema || isStream(data)) return;
  const issues = await validateWith(schema, data);
  if (!issues) return;
  const name = `Topic "${to.topic}" of channel "${to.channel}"`;
  throw new StepfastError("invalid_request", `${name} wants other data: ${describeIssues(issues)}`);
}

/** Publishes over the network, or to the engine in this process. Rejects if it was not taken in. */
export async function publish(client: Inngest<Untyped>, { to, data, runId }: Publication): Promise<void> {
  const target = { channel: to.channel, topics: [to.topic], runId };
  const inlineRealtime = client.inlineTransport?.realtime;
  if (inlineRealtime) {
    if (isStream(data)) return inlineRealtime.publishStream(target, textOf(data));
    const plain = JSON.parse(JSON.stringify(data ?? null)) as Json;
    return inlineRealtime.publish({ ...target, data: plain });
  }
  const url = new URL("v1/realtime/publish", client.apiBaseUrl);
  url.searchParams.set("channel", to.channel);
  url.searchParams.set("topic", to.topic);
  if (runId) url.searchParams.set("run_id", runId);
  const response = isStream(data)
    ? await streamToApi(url, { body: bytesOf(data), contentType: "text/stream" }, client.apiSettings)
    : await postToApi(url, data ?? null, client.apiSettings);
  const text = await response.text();
  if (response.ok) return;
  throw new Error(`Could not publish to "${to.channel}": status ${response.status} ${text.slice(0, 200)}`);
}

function isStream(data: unknown): data is ReadableStream<unknown> {
  return data instanceof ReadableStream;
}

async function* textOf(stream: ReadableStream<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const part of stream as unknown as AsyncIterable<unknown>) {
    yield part instanceof Uint8Array ? decoder.decode(part, { stream: true }) : String(part);
  }
  yield decoder.decode();
}

/** Text becomes bytes; bytes stay. */
function bytesOf(stream: ReadableStream<unknown>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const transform = (part: unknown, controller: TransformStreamDefaultController<Uint8Array>) =>
    controller.enqueue(part instanceof Uint8Array ? part : encoder.encode(String(part)));
  return stream.pipeThrough(new TransformStream<unknown, Uint8Array>({ transform }));
}
