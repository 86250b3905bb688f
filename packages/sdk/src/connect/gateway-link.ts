import { cpus, platform as osPlatform, totalmem } from "node:os";
import {
  CONNECT_SUBPROTOCOL,
  connectFrame,
  connectionReady,
  connectKinds,
  connectMessage,
  GATEWAY_CLOSING_CODE,
  type StartResponse,
  systemError,
  workerConnectRequest,
} from "@stepfast/protocol/connect";
import { WebSocket } from "ws";
import { durationToMs } from "../time/duration.ts";
import { version } from "../version.ts";
import { ConnectFailure } from "./connect-failure.ts";
import { startSession } from "./gateway-api.ts";
import type { SessionConfig } from "./worker-config.ts";

const HANDSHAKE_MS = 10_000;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const DEFAULT_HEARTBEAT_MS = 10_000;
const DEFAULT_EXTEND_LEASE_MS = 5_000;
const MAX_UNANSWERED_BEATS = 2;

export type FrameHandler = (kind: number, payload: Uint8Array, link: GatewayLink) => void;

/** One connection to a gateway that knows this worker. */
export class GatewayLink {
  readonly id: string;
  readonly connectedAt = Date.now();
  readonly #socket: WebSocket;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #unansweredBeats = 0;
  #leave: () => void = () => {};
  /** Resolves when it is over, or the gateway wants it to be. */
  readonly left: Promise<void>;
  isDraining = false;

  constructor(id: string, socket: WebSocket, onClose: (link: GatewayLink) => void) {
    this.id = id;
    this.#socket = socket;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    socket.once("close", () => {
      for (const timer of this.#timers) clearInterval(timer);
      this.#leave();
      onClose(this);
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Hands frames on; one that makes no sense ends the connection. */
  listen(handle: FrameHandler): void {
    this.#socket.on("message", (data: Buffer) => {
      try {
        const { kind, payload } = connectMessage.decode(data);
        if (kind === connectKinds.gatewayHeartbeat) this.#unansweredBeats = 0;
        handle(kind, payload, this);
      } catch {
        this.#socket.close(1002, "invalid frame");
      }
    });
  }

  every(ms: number, action: () => void): void {
    this.#timers.push(setInterval(action, ms));
  }

  /** Tells the gateway that the worker is there. A gateway that answers nothing is given up. */
  beat(): void {
    if (this.#unansweredBeats >= MAX_UNANSWERED_BEATS) return this.#socket.terminate();
    this.#unansweredBeats++;
    this.send(connectKinds.workerHeartbeat);
  }

  send(kind: number, payload?: Uint8Array): void {
    if (this.isOpen) this.#socket.send(connectFrame(kind, payload));
  }

  /** The gateway goes: what is under way here finishes, the next connection is another one. */
  drain(): void {
    this.isDraining = true;
    this.#leave();
  }

  close(): void {
    this.#socket.close();
    const cut = setTimeout(() => this.#socket.terminate(), 1_000);
    this.#socket.once("close", () => clearTimeout(cut));
  }
}

export interface OpenedLink {
  link: GatewayLink;
  heartbeatMs: number;
  extendLeaseMs: number;
  /** How often the gateway wants to know what the worker is at; 0: it does not. */
  statusMs: number;
}

/** From the first request to a gateway that is ready (PROTOCOL §11.3). Throws {@link ConnectFailure}. */
export async function openLink(
  config: SessionConfig,
  key: string | undefined,
  { onClose, signal }: { onClose: (link: GatewayLink) => void; signal: AbortSignal },
): Promise<OpenedLink> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_MS)]);
  const startedAt = Date.now();
  const started = await startSession(config, key, limit);
  const socket = new WebSocket(config.gatewayUrl ?? started.gatewayEndpoint, [CONNECT_SUBPROTOCOL], {
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_MS,
  });
  const cut = () => socket.terminate();
  limit.addEventListener("abort", cut, { once: true });
  // Without a listener an error would be thrown into the process; `close` follows it.
  let problem = "the connection was closed";
  socket.on("error", (error) => {
    problem = error.message;
  });
  try {
    const frames = new HandshakeFrames(socket, () => problem);
    await frames.next(connectKinds.gatewayHello);
    socket.send(connectFrame(connectKinds.workerConnect, introduction(config, started, startedAt)));
    const ready = connectionReady.decode(await frames.next(connectKinds.gatewayConnectionReady));
    const link = new GatewayLink(started.connectionId, socket, onClose);
    return {
      link,
      heartbeatMs:
        ready.heartbeatInterval === "" ? DEFAULT_HEARTBEAT_MS : durationToMs(ready.heartbeatInterval),
      extendLeaseMs:
        ready.extendLeaseInterval === "" ? DEFAULT_EXTEND_LEASE_MS : durationToMs(ready.extendLeaseInterval),
      statusMs: ready.statusInterval === "" ? 0 : durationToMs(ready.statusInterval),
    };
  } catch (error) {
    socket.close(4001, "UNEXPECTED");
    throw error;
  } finally {
    limit.removeEventListener("abort", cut);
  }
}

/** The frames of a handshake, one at a time. */
class HandshakeFrames {
  readonly #socket: WebSocket;
  readonly #problem: () => string;

  constructor(socket: WebSocket, problem: () => string) {
    this.#socket = socket;
    this.#problem = problem;
  }

  async next(expected: number): Promise<Uint8Array> {
    const { kind, payload } = connectMessage.decode(await this.#frame());
    if (kind === expected) return payload;
    if (kind === connectKinds.syncFailed) {
      const { code, message } = systemError.decode(payload);
      throw new ConnectFailure(`The server did not take the apps: ${message} (${code})`);
    }
    throw new ConnectFailure(`The gateway said ${kind} where ${expected} was expected`);
  }

  #frame(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const onMessage = (data: Buffer) => {
        this.#socket.off("close", onClose);
        resolve(data);
      };
      const onClose = (_code: number, reason: Buffer) => {
        this.#socket.off("message", onMessage);
        const why = reason.toString("utf8") || this.#problem();
        const kind = `${why} ${this.#problem()}`.includes(GATEWAY_CLOSING_CODE) ? "closing" : "other";
        reject(new ConnectFailure(`The gateway did not take the connection: ${why}`, kind));
      };
      this.#socket.once("message", onMessage);
      this.#socket.once("close", onClose);
    });
  }
}

function introduction(config: SessionConfig, started: StartResponse, startedAt: number): Uint8Array {
  const { sessionToken, syncToken, connectionId } = started;
  return workerConnectRequest.encode({
    connectionId,
    instanceId: config.instanceId,
    authData: { sessionToken, syncToken },
    capabilities: Buffer.from(config.capabilities),
    apps: config.apps.map(({ functions, ...app }) => ({ ...app, functions: Buffer.from(functions) })),
    manualReadinessAck: true,
    systemAttributes: { cpuCores: cpus().length, memBytes: totalmem(), os: osPlatform() },
    environment: config.env,
    framework: "connect",
    platform: config.platform,
    sdkVersion: `v${version}`,
    sdkLanguage: "typescript",
    startedAt: { seconds: Math.floor(startedAt / 1_000), nanos: (startedAt % 1_000) * 1_000_000 },
    maxWorkerConcurrency: config.maxWorkerConcurrency,
  });
}
