import { type SseEvent, sseEvents } from "../realtime/sse-events.ts";
import type { StoredResponse } from "./stored-response.ts";

export interface FetchWithStreamOptions {
  fetch?: typeof fetch;
  fetchOpts?: RequestInit;
  onMetadata?: (metadata: { runId: string }) => void;
  /** A piece that the endpoint streamed; with the step it belongs to, if any. */
  onData?: (piece: { data: unknown; hashedStepId: string | null }) => void;
  /** The step's pieces count from now on. */
  onCommit?: (step: { hashedStepId: string | null }) => void;
  /** The step failed: what it streamed is to be dropped. */
  onRollback?: (step: { hashedStepId: string | null }) => void;
}

/**
 * Calls a durable endpoint and hears what it streams, also after it goes on without this request. Resolves with its
 * response. An endpoint that does not stream is answered with what it sends.
 */
export async function fetchWithStream(
  url: string | URL,
  options: FetchWithStreamOptions = {},
): Promise<Response> {
  const request = options.fetch ?? globalThis.fetch;
  const headers = new Headers(options.fetchOpts?.headers);
  headers.set("accept", "text/event-stream");
  const first = await request(url, { ...options.fetchOpts, headers });
  if (!first.headers.get("content-type")?.includes("text/event-stream") || !first.body) return first;
  const follow = (next: string) =>
    request(next, { headers: { accept: "text/event-stream" }, signal: options.fetchOpts?.signal });
  return listen(first.body, follow, options);
}

type Follow = (url: string) => Promise<Response>;

async function listen(
  body: ReadableStream<Uint8Array>,
  follow: Follow,
  options: FetchWithStreamOptions,
): Promise<Response> {
  // Asked for as soon as it is known, so that little of what follows is missed.
  let next: Promise<Response> | undefined;
  for await (const event of sseEvents(body)) {
    const data = dataOf(event);
    if (event.event === "inngest.response") {
      void next?.then((response) => response.body?.cancel()).catch(() => {});
      return responseOf(data);
    }
    if (event.event === "inngest.redirect_info" && !next) {
      next = follow(String(data.url));
      // Looked at when it is needed.
      next.catch(() => {});
    } else tell(event.event, data, options);
  }
  if (!next) throw new Error("The endpoint's stream ended without a response");
  const { ok, status, body: rest } = await next;
  if (!ok || !rest) throw new Error(`The rest of the endpoint's stream cannot be had: status ${status}`);
  return listenToRest(rest, options);
}

async function listenToRest(
  body: ReadableStream<Uint8Array>,
  options: FetchWithStreamOptions,
): Promise<Response> {
  for await (const event of sseEvents(body)) {
    const data = dataOf(event);
    if (event.event === "inngest.response") return responseOf(data);
    tell(event.event, data, options);
  }
  throw new Error("The endpoint's stream ended without a response");
}

function dataOf({ data }: SseEvent): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function responseOf(data: Record<string, unknown>): Response {
  const response = data.response as Omit<StoredResponse, "status"> & { statusCode: number };
  const { statusCode: status, headers, body } = response;
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : body, { status, headers });
}

function tell(event: string, data: Record<string, unknown>, options: FetchWithStreamOptions): void {
  const hashedStepId = typeof data.hashedStepId === "string" ? data.hashedStepId : null;
  if (event === "inngest.metadata") options.onMetadata?.({ runId: String(data.runId) });
  else if (event === "inngest.stream") options.onData?.({ data: data.data, hashedStepId });
  else if (event === "inngest.commit") options.onCommit?.({ hashedStepId });
  else if (event === "inngest.rollback") options.onRollback?.({ hashedStepId });
}
