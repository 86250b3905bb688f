import { currentRun } from "../execution/ambient.ts";

type Source = ReadableStream<Uint8Array | string> | AsyncIterable<string> | (() => AsyncIterable<string>);

/**
 * Sends something to the caller of the durable endpoint that is running, if it accepts `text/event-stream`; nowhere
 * otherwise. What is sent within a step is taken back if the step fails.
 */
export const stream = {
  push(data: unknown): void {
    const run = currentRun();
    void run?.replay.call.stream?.push(data, run.replay.nesting.current?.id);
  },

  /** Sends each piece as it comes. Resolves with all of it, as one text. */
  async pipe(source: Source): Promise<string> {
    const run = currentRun();
    const to = run?.replay.call.stream;
    const stepId = run?.replay.nesting.current?.id;
    let text = "";
    for await (const piece of piecesOf(source)) {
      text += piece;
      await to?.push(piece, stepId);
    }
    return text;
  },
};

async function* piecesOf(source: Source): AsyncGenerator<string> {
  const pieces = typeof source === "function" ? source() : source;
  const decoder = new TextDecoder();
  for await (const piece of pieces as AsyncIterable<Uint8Array | string>) {
    yield typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}
