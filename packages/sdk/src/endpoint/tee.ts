import { streamToApi } from "../client/api.ts";
import type { ServeClient } from "../serve/contract.ts";
import type { EventStream } from "./event-stream.ts";

/** A stream on its way to the caller, by way of the server (PROTOCOL §7.1). */
export interface Tee {
  open(): void;
  /** Resolves when all of it has been sent; also where that failed: the run does not depend on it. */
  close(): Promise<void>;
}

/** Nothing is sent before it is opened. */
export function teeStream(client: ServeClient, runId: string, stream: EventStream): Tee {
  let sent: Promise<void> | undefined;
  return {
    open() {
      sent ??= send(client, runId, stream.body);
    },
    close: async () => sent,
  };
}

async function send(client: ServeClient, runId: string, body: ReadableStream<Uint8Array>): Promise<void> {
  const url = new URL("v1/realtime/publish/tee", client.apiBaseUrl);
  url.searchParams.set("channel", runId);
  try {
    const sent = { body, contentType: "application/octet-stream" };
    const response = await streamToApi(url, sent, client.apiSettings);
    await response.body?.cancel();
  } catch (error) {
    client.internalLogger.warn("What an endpoint streamed did not reach the server", { runId, error });
  }
}
