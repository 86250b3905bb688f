import {
  connectKinds,
  type ExecutorRequest,
  executorRequest,
  extendLeaseAck,
  replyAck,
  workerStatus,
} from "@stepfast/protocol/connect";
import { CheckpointBox, type CheckpointWay } from "./checkpoint-box.ts";
import { ConnectFailure, reconnectDelayMs } from "./connect-failure.ts";
import { type GatewayLink, openLink } from "./gateway-link.ts";
import { InFlight } from "./in-flight.ts";
import { type ConnectDebugState, ConnectionState } from "./options.ts";
import { ReplyBox } from "./reply-box.ts";
import type { SessionLog } from "./session-log.ts";
import type { SessionConfig } from "./worker-config.ts";

export interface SessionHost {
  /** Runs a request: an `ExecutorRequest` in, an `SdkResponse` out. */
  execute(request: Uint8Array): Promise<Uint8Array>;
  onChange(state: ConnectDebugState): void;
  log: SessionLog;
}

/** A connection that is over sooner than this counts as a failed attempt. */
const SHORT_LIFE_MS = 1_000;

/** A worker's side of connect: it is connected until it is closed, to one gateway after another. */
export class Session {
  readonly #config: SessionConfig;
  readonly #host: SessionHost;
  readonly #appIds: ReadonlySet<string>;
  readonly #inFlight = new InFlight();
  readonly #replies: ReplyBox;
  readonly #checkpoints = new CheckpointBox();
  readonly #links = new Set<GatewayLink>();
  readonly #stop = new AbortController();
  #state: ConnectionState = ConnectionState.CONNECTING;
  #active: GatewayLink | undefined;
  #keyIndex = 0;
  #hasConnected = false;
  #loop: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #onFirst: () => void = () => {};
  #beatSentAt: number | undefined;
  #beatHeardAt: number | undefined;
  #heardAt: number | undefined;

  constructor(config: SessionConfig, host: SessionHost) {
    this.#config = config;
    this.#host = host;
    this.#appIds = new Set(config.apps.map((app) => app.appName));
    this.#replies = new ReplyBox({ config, log: host.log, key: () => this.#key });
  }

  get #key(): string | undefined {
    return this.#config.keys[this.#keyIndex];
  }

  get #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Resolves when the worker is connected for the first time, or closed before that. */
  async start(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#onFirst = resolve;
    });
    this.#loop = this.#keepConnected();
    await first;
  }

  async #keepConnected(): Promise<void> {
    let failures = 0;
    while (!this.#isClosing) {
      this.#become(this.#hasConnected ? ConnectionState.RECONNECTING : ConnectionState.CONNECTING);
      try {
        const link = await this.#connect();
        await link?.left;
        failures = link && Date.now() - link.connectedAt < SHORT_LIFE_MS ? failures + 1 : 0;
        if (failures > 1) await this.#pause(reconnectDelayMs("other", failures, Math.random()));
      } catch (error) {
        if (this.#isClosing) return;
        failures++;
        await this.#pause(this.#delayAfter(error, failures));
      }
    }
  }

  #delayAfter(error: unknown, failures: number): number {
    const kind = error instanceof ConnectFailure ? error.kind : "other";
    if (kind === "unauthorized" && this.#config.keys.length > 1) {
      this.#keyIndex = (this.#keyIndex + 1) % this.#config.keys.length;
    }
    const delayMs = Math.round(reconnectDelayMs(kind, failures, Math.random()));
    const level = kind === "closing" ? "info" : "warn";
    this.#host.log(level, "Connecting failed; trying again", { why: messageOf(error), delayMs });
    return delayMs;
  }

  /** Waits; a close cuts it short. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#stop.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#stop.signal.addEventListener("abort", done);
      if (this.#stop.signal.aborted) done();
    });
  }

  async #connect(): Promise<GatewayLink | undefined> {
    const onClose = (link: GatewayLink) => this.#gone(link);
    const opened = await openLink(this.#config, this.#key, { onClose, signal: this.#stop.signal });
    const { link } = opened;
    if (this.#isClosing) {
      link.close();
      return undefined;
    }
    this.#links.add(link);
    link.listen((kind, payload) => this.#hear(kind, payload, link));
    link.every(opened.heartbeatMs, () => {
      this.#beatSentAt = Date.now();
      link.beat();
    });
    link.every(opened.extendLeaseMs, () => this.#inFlight.extend(link, this.#active));
    if (opened.statusMs > 0) link.every(opened.statusMs, () => this.#tellStatus(link));
    this.#active = link;
    this.#hasConnected = true;
    this.#become(ConnectionState.ACTIVE);
    link.send(connectKinds.workerReady);
    if (opened.statusMs > 0) this.#tellStatus(link);
    this.#host.log("info", "Connected", { connectionId: link.id });
    this.#closeIdleDraining();
    this.#onFirst();
    return link;
  }

  #tellStatus(link: GatewayLink): void {
    const status = { inFlightRequestIds: this.#inFlight.ids, shutdownRequested: this.#isClosing };
    link.send(connectKinds.workerStatus, workerStatus.encode(status));
  }

  /** Saves steps of a request, over the connection that brought it. */
  readonly checkpoint: CheckpointWay = ({ requestId, number, payload }) =>
    this.#checkpoints.send(number, payload, this.#inFlight.linkOf(requestId));

  #gone(link: GatewayLink): void {
    this.#links.delete(link);
    this.#checkpoints.cutOff(link);
    if (this.#active === link) this.#active = undefined;
    if (!this.#active) this.#replies.cutOff();
  }

  #hear(kind: number, payload: Uint8Array, link: GatewayLink): void {
    this.#heardAt = Date.now();
    switch (kind) {
      case connectKinds.gatewayHeartbeat:
        this.#beatHeardAt = Date.now();
        return;
      case connectKinds.gatewayExecutorRequest:
        void this.#work(executorRequest.decode(payload), payload, link);
        return;
      case connectKinds.workerReplyAck:
        this.#replies.acknowledged(replyAck.decode(payload).requestId);
        return;
      case connectKinds.gatewayCheckpointAck:
        return this.#checkpoints.answered(payload);
      case connectKinds.workerRequestExtendLeaseAck:
        return this.#extended(payload);
      case connectKinds.gatewayClosing:
        return this.#leave(link);
      default:
        this.#host.log("debug", "The gateway said something that this worker does not know", { kind });
    }
  }

  async #work(request: ExecutorRequest, payload: Uint8Array, link: GatewayLink): Promise<void> {
    const { requestId, appName } = request;
    // Not acknowledged, a request goes to another worker.
    if (this.#isClosing) return;
    if (!this.#appIds.has(appName)) {
      this.#host.log("warn", "A request for an app that this worker does not have", { requestId, appName });
      return;
    }
    if (this.#inFlight.has(requestId)) return this.#inFlight.acknowledge(request, link);
    this.#inFlight.take(request, link);
    try {
      const reply = await this.#host.execute(payload);
      this.#replies.deliver(requestId, reply, link.isOpen ? link : this.#active);
    } catch (error) {
      this.#host.log("error", "A request could not be worked on", { requestId, error: String(error) });
    } finally {
      this.#inFlight.over(requestId);
      this.#closeIdleDraining();
    }
  }

  #extended(payload: Uint8Array): void {
    const { requestId, newLeaseId } = extendLeaseAck.decode(payload);
    if (this.#inFlight.extended(requestId, newLeaseId)) return;
    const message =
      "The server has given this request to another worker; what comes of it here may be dropped";
    this.#host.log("warn", message, { requestId });
  }

  /** The gateway is shutting down: what came from it finishes there, the next request comes from another one. */
  #leave(link: GatewayLink): void {
    link.drain();
    if (this.#active === link) this.#active = undefined;
    this.#host.log("info", "The gateway is shutting down; connecting anew", { connectionId: link.id });
  }

  /** Connections that were replaced stay until their requests are done. */
  #closeIdleDraining(): void {
    for (const link of this.#links) {
      if (link.isDraining && this.#active && !this.#inFlight.isBusy(link)) link.close();
    }
  }

  /** Takes no more requests, finishes and delivers what it has, and ends. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    // Set before the first wait, so that `isClosing` is seen by what comes now.
    await Promise.resolve();
    this.#become(ConnectionState.CLOSING);
    this.#stop.abort();
    for (const link of this.#links) link.send(connectKinds.workerPause);
    await this.#inFlight.idle();
    await this.#replies.settled();
    for (const link of this.#links) link.close();
    await this.#loop;
    this.#become(ConnectionState.CLOSED);
    this.#onFirst();
  }

  #become(state: ConnectionState): void {
    if (this.#isClosing && state !== ConnectionState.CLOSING && state !== ConnectionState.CLOSED) return;
    this.#state = state;
    this.#host.onChange(this.debugState());
  }

  debugState(): ConnectDebugState {
    const draining = [...this.#links].find((link) => link.isDraining);
    return {
      state: this.#state,
      activeConnectionId: this.#active?.id,
      drainingConnectionId: draining?.id,
      lastHeartbeatSentAt: this.#beatSentAt,
      lastHeartbeatReceivedAt: this.#beatHeardAt,
      lastMessageReceivedAt: this.#heardAt,
      shutdownRequested: this.#isClosing,
      inFlightRequestCount: this.#inFlight.size,
      inFlightRequests: this.#inFlight.list(),
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
