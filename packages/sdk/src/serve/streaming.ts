import type { ServeResponse } from "./exchange.ts";

const HEARTBEAT_MS = 3_000;

/**
 * The body of a streamed response (PROTOCOL §4.2): a space every three seconds while `work` goes on, then its response
 * as one JSON object. `work` never rejects. If nobody reads any more the heartbeat stops.
 */
export function streamedBody(work: Promise<ServeResponse>, version: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let isCancelled = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      heartbeat = setInterval(() => controller.enqueue(encoder.encode(" ")), HEARTBEAT_MS);
      void work.then((response) => {
        clearInterval(heartbeat);
        if (isCancelled) return;
        controller.enqueue(encoder.encode(JSON.stringify({ ...response, version })));
        controller.close();
      });
    },
    cancel() {
      clearInterval(heartbeat);
      isCancelled = true;
    },
  });
}
