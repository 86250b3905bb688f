import { randomUUID } from "node:crypto";
import { limits, StepfastError } from "@stepfast/protocol";
import type { Realtime } from "./realtime.ts";

export interface PublishTarget {
  channel: string;
  topics: string[];
  runId?: string | undefined;
}

/**
 * The text of a body, as it comes in; no character is cut in two. Throws `invalid_request` when it breaks off, or is no longer
 * wanted.
 */
export async function* textOf(
  body: ReadableStream<Uint8Array> | null,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  if (!body) return;
  const decoder = new TextDecoder();
  const source = signal ? body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal }) : body;
  try {
    for await (const bytes of source as unknown as AsyncIterable<Uint8Array>) {
      const text = decoder.decode(bytes, { stream: true });
      if (text !== "") yield text;
    }
  } catch (cause) {
    throw new StepfastError("invalid_request", "The body broke off before its end", { cause });
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

/** Pieces of at most so many bytes; a character is never cut. */
export function* piecesOf(text: string, maxBytes: number): Generator<string> {
  let piece = "";
  let bytes = 0;
  for (const character of text) {
    const size = Buffer.byteLength(character);
    if (bytes + size > maxBytes) {
      yield piece;
      piece = "";
      bytes = 0;
    }
    piece += character;
    bytes += size;
  }
  if (piece !== "") yield piece;
}

/**
 * Publishes a text as it comes: a start, chunks, an end; the end comes also where the text breaks off. Throws
 * `body_too_large` for more chunks than a stream may have.
 */
export async function publishStream(
  realtime: Realtime,
  { channel, topics, runId }: PublishTarget,
  text: AsyncIterable<string>,
): Promise<void> {
  const id = randomUUID();
  const about = { channel, ...(runId === undefined ? {} : { run_id: runId }) };
  const tell = (message: { kind: "datastream-start" | "chunk" | "datastream-end"; data: string }) => {
    for (const topic of topics) realtime.publish({ ...about, topic, stream_id: id, ...message });
  };
  tell({ kind: "datastream-start", data: id });
  try {
    let count = 0;
    for await (const part of text) {
      for (const piece of piecesOf(part, limits.realtimeChunkBytes)) {
        if (++count > limits.realtimeChunks) throw tooManyChunks();
        tell({ kind: "chunk", data: piece });
      }
    }
  } finally {
    tell({ kind: "datastream-end", data: id });
  }
}

function tooManyChunks(): StepfastError {
  return new StepfastError(
    "body_too_large",
    `A stream has at most ${limits.realtimeChunks} chunks of ${limits.realtimeChunkBytes} bytes: publish the rest as another one`,
  );
}
