import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { limits, type RealtimeTopic, StepfastError } from "@stepfast/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { isRecord } from "../http/body.ts";
import { refuseUpgrade, type UpgradeHandler } from "../http/upgrade.ts";
import { isName, type OpenSubscription, type Realtime } from "./realtime.ts";
import type { Grant } from "./tokens.ts";

export const CONNECT_PATH = "/v1/realtime/connect";
const MAX_REQUEST_BYTES = 64 * 1024;
const PING_MS = 30_000;
const CLOSE_GRACE_MS = 1_000;
const GOING_AWAY = 1001;
const TRY_AGAIN = 1013;

/** Subscriptions over WebSocket (PROTOCOL §10): `GET /v1/realtime/connect?token=`. */
export function realtimeSocket(realtime: Realtime): UpgradeHandler {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_BYTES });
  return (request, socket, head) => void upgrade(realtime, server, { request, socket, head });
}

async function upgrade(
  realtime: Realtime,
  server: WebSocketServer,
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
): Promise<void> {
  const forget = () => {};
  socket.on("error", forget);
  try {
    const token = new URL(request.url ?? "", "http://localhost").searchParams.get("token");
    const grant = await realtime.tokens.grant(token);
    server.handleUpgrade(request, socket, head, (webSocket) => serve(realtime, webSocket, grant));
  } catch (error) {
    const known = StepfastError.is(error)
      ? error
      : new StepfastError("store_unavailable", "The token could not be checked: try again");
    await refuseUpgrade(socket, CONNECT_PATH, known);
  } finally {
    socket.removeListener("error", forget);
  }
}

function serve(realtime: Realtime, webSocket: WebSocket, grant: Grant): void {
  // What goes wrong with a connection ends it: "close" follows.
  webSocket.on("error", () => {});
  const subscription = subscribed(realtime, webSocket, grant);
  if (!subscription) return;
  const stopPings = keepAlive(realtime, webSocket);
  webSocket.on("message", (data) => void hear(realtime, subscription, String(data)));
  webSocket.on("close", () => {
    stopPings();
    subscription.drop();
  });
}

function subscribed(realtime: Realtime, webSocket: WebSocket, grant: Grant): OpenSubscription | undefined {
  const message = (_message: unknown, text: string) => send(webSocket, text);
  const close = () => {
    send(webSocket, JSON.stringify({ kind: "closing", data: null }));
    webSocket.close(GOING_AWAY, "The server is closing");
    // Who does not say good-bye in time is cut off: the server is waited for.
    const forget = realtime.clock.after(CLOSE_GRACE_MS, () => webSocket.terminate());
    webSocket.once("close", forget);
  };
  try {
    return realtime.subscribe({ message, close }, grant);
  } catch (error) {
    webSocket.close(TRY_AGAIN, StepfastError.is(error) ? error.code : "internal");
    return undefined;
  }
}

/** A subscriber that is too far behind is let go: its memory is ours. */
function send(webSocket: WebSocket, text: string): void {
  if (webSocket.readyState !== webSocket.OPEN) return;
  if (webSocket.bufferedAmount > limits.realtimeBacklogBytes) webSocket.terminate();
  else webSocket.send(text, () => {});
}

/** Who does not answer a ping by the next one is gone. */
function keepAlive({ clock }: Realtime, webSocket: WebSocket): () => void {
  let isAlive = true;
  let stop = () => {};
  const beat = () => {
    if (!isAlive) return webSocket.terminate();
    isAlive = false;
    webSocket.ping();
    stop = clock.after(PING_MS, beat);
  };
  webSocket.on("pong", () => {
    isAlive = true;
  });
  stop = clock.after(PING_MS, beat);
  return () => stop();
}

/** `{"kind":"sub","data":"<jwt>"}` and `{"kind":"unsub","data":[topics]}`; anything else is passed over. */
async function hear(realtime: Realtime, subscription: OpenSubscription, text: string): Promise<void> {
  const request = parsed(text);
  if (request?.kind === "unsub") subscription.remove(topicsOf(request.data));
  if (request?.kind !== "sub" || typeof request.data !== "string") return;
  // A token that is no good adds nothing.
  const grant = await realtime.tokens.grant(request.data).catch(() => undefined);
  if (grant) subscription.add(grant);
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function topicsOf(value: unknown): RealtimeTopic[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((topic: unknown) =>
    isRecord(topic) && isName(topic.channel) && isName(topic.name)
      ? [{ channel: topic.channel, name: topic.name }]
      : [],
  );
}
