import type { RealtimeMessage } from "@stepfast/protocol";
import { sseEvents } from "./sse-events.ts";

export interface ConnectionEvents {
  message(message: RealtimeMessage): void;
  /** Once, at its end; with the reason, if it was not asked for. */
  closed(reason?: Error): void;
}

export interface Connection {
  close(reason?: string): void;
}

export interface ConnectionTarget {
  apiBaseUrl: string;
  /** The token. */
  key: string;
  fetch: typeof fetch;
}

/** What is used of the platform's WebSocket. */
interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: (() => void) | null;
  onclose: ((event: { reason?: string }) => void) | null;
  close(code?: number, reason?: string): void;
}

type SocketClass = new (url: string) => Socket;

/** Over WebSocket, or server-sent events where the runtime has no WebSocket (Node 20). Rejects if refused. */
export function connect(target: ConnectionTarget, events: ConnectionEvents): Promise<Connection> {
  const { WebSocket } = globalThis as { WebSocket?: SocketClass };
  return WebSocket ? overWebSocket(WebSocket, target, events) : overEvents(target, events);
}

function urlOf({ apiBaseUrl, key }: ConnectionTarget, path: string): URL {
  const url = new URL(path, apiBaseUrl);
  url.searchParams.set("token", key);
  return url;
}

function overWebSocket(
  WebSocket: SocketClass,
  target: ConnectionTarget,
  events: ConnectionEvents,
): Promise<Connection> {
  const url = urlOf(target, "/v1/realtime/connect");
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.href);
    let isOpen = false;
    socket.onopen = () => {
      isOpen = true;
      resolve({ close: (reason) => socket.close(1000, reason) });
    };
    socket.onmessage = ({ data }) => tell(events, String(data));
    // The reason is not told to scripts; "close" follows.
    socket.onerror = () => {};
    socket.onclose = ({ reason }) => {
      if (isOpen) events.closed(new Error(reason || "The connection was closed"));
      else reject(refused(target, reason));
    };
  });
}

async function overEvents(target: ConnectionTarget, events: ConnectionEvents): Promise<Connection> {
  const controller = new AbortController();
  const headers = { accept: "text/event-stream" };
  const { signal } = controller;
  const response = await target.fetch(urlOf(target, "/v1/realtime/sse"), { headers, signal });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw refused(target, `status ${response.status}`);
  }
  void listen(response.body, events);
  return { close: () => controller.abort() };
}

async function listen(body: ReadableStream<Uint8Array>, events: ConnectionEvents): Promise<void> {
  try {
    for await (const { data } of sseEvents(body)) tell(events, data);
    events.closed(new Error("The connection was closed"));
  } catch (error) {
    events.closed(error instanceof Error ? error : new Error(String(error)));
  }
}

function refused({ apiBaseUrl }: ConnectionTarget, reason: string | undefined): Error {
  const why = reason ? ` (${reason})` : "";
  return new Error(`No subscription at ${apiBaseUrl}${why}: is the token younger than a minute?`);
}

/** What is no message is passed over. */
function tell(events: ConnectionEvents, text: string): void {
  let message: RealtimeMessage;
  try {
    message = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof message === "object" && message !== null) events.message(message);
}
