import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { StepfastError, ulidFactory } from "@stepfast/protocol";
import {
  CONNECT_SUBPROTOCOL,
  connectFrame,
  connectKinds,
  GATEWAY_CLOSING_CODE,
  type SdkResponse,
  type StartResponse,
} from "@stepfast/protocol/connect";
import { type WebSocket, WebSocketServer } from "ws";
import { systemRandom } from "../system/system-random.ts";
import { Announcer } from "./announcer.ts";
import { type GatewayDeps, takeReply } from "./gateway-deps.ts";
import { handshake } from "./handshake.ts";
import { closeWith, Refusal } from "./refusal.ts";
import { refuseUpgrade } from "./upgrade.ts";
import { converse } from "./worker-frames.ts";
import type { WorkerLink } from "./worker-link.ts";
import type { WorkerPool } from "./worker-pool.ts";

export const CONNECT_PATH = "/v0/connect";

const GOING_AWAY = 1001;
/** Of a frame that is over `frameBytes`. */
const OVERSIZED = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
const CLOSE_GRACE_MS = 1_000;

/** Where workers connect (PROTOCOL §11): it lets them in, and out again when the node goes. */
export class Gateway {
  readonly #deps: GatewayDeps;
  readonly #sockets: WebSocketServer;
  readonly #announcer: Announcer;
  /** ULIDs: the Go SDK takes nothing else. */
  readonly #newId = ulidFactory(systemRandom.bytes);
  #strangers = 0;
  #isDraining = false;
  #stopSweeping: () => void = () => {};

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: deps.limits.frameBytes,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(CONNECT_SUBPROTOCOL) ? CONNECT_SUBPROTOCOL : false),
    });
    this.#announcer = new Announcer(deps);
    deps.pool.onChange = (came) => this.#announcer.tell(came);
    this.#sweepLater();
  }

  #sweepLater(): void {
    const { clock, limits, pool } = this.#deps;
    const due = clock.now() + limits.sweepMs;
    this.#stopSweeping = clock.after(limits.sweepMs, () => {
      const lateMs = clock.now() - due;
      // A process that stood still has not read what workers said meanwhile: it is read before the next time.
      if (Math.abs(lateMs) < limits.sweepMs) pool.sweep();
      else pool.leap(lateMs);
      this.#sweepLater();
    });
  }

  get pool(): WorkerPool {
    return this.#deps.pool;
  }

  /** Who is to connect, as what and where. Throws `engine_closed`, `connection_limit`. */
  start(endpoint: string): StartResponse {
    this.#assertOpen();
    const { limits, tokens } = this.#deps;
    if (this.#sockets.clients.size >= limits.maxConnections) {
      throw new StepfastError(
        "connection_limit",
        `This node has ${limits.maxConnections} connections already: connect to another one, or later`,
      );
    }
    const connectionId = this.#newId(this.#deps.clock.now());
    const token = tokens.issue(connectionId);
    return {
      connectionId,
      gatewayEndpoint: endpoint,
      gatewayGroup: "stepfast",
      sessionToken: token,
      syncToken: token,
    };
  }

  #assertOpen(): void {
    if (!this.#isDraining) return;
    const message = `${GATEWAY_CLOSING_CODE}: this node is shutting down: connect to another one, or in a second`;
    throw new StepfastError("engine_closed", message);
  }

  /** Takes a request to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { limits } = this.#deps;
    const isFull = this.#sockets.clients.size >= limits.maxConnections;
    if (this.#isDraining) refuseUpgrade(socket, 503, GATEWAY_CLOSING_CODE);
    else if (isFull || this.#strangers >= limits.maxStrangers) refuseUpgrade(socket, 503, "connection_limit");
    else this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#greet(opened));
  }

  /** Says hello; the worker has a while to say who it is. */
  #greet(socket: WebSocket): void {
    const { clock, limits, log } = this.#deps;
    this.#strangers++;
    const forget = clock.after(limits.handshakeMs, () => socket.terminate());
    const known = once(() => {
      forget();
      this.#strangers--;
    });
    socket.on("close", known);
    socket.on("error", (error) => log.debug("A worker's connection failed", { error: String(error) }));
    socket.once("message", (data: Buffer) => void this.#admit(socket, data, known));
    socket.send(connectFrame(connectKinds.gatewayHello));
  }

  async #admit(socket: WebSocket, first: Buffer, known: () => void): Promise<void> {
    // What comes before the answer to the first frame is kept.
    const early: Buffer[] = [];
    const keep = (data: Buffer) => early.push(data);
    socket.on("message", keep);
    try {
      const link = await handshake(socket, first, this.#deps);
      known();
      if (socket.readyState !== socket.OPEN) return;
      socket.off("message", keep);
      this.#take(socket, link, early);
    } catch (error) {
      const isRefusal = error instanceof Refusal;
      if (!isRefusal) this.#deps.log.warn("A worker could not connect", { error: String(error) });
      closeWith(socket, isRefusal ? error.closeCode : 1002, isRefusal ? error.message : "invalid frame");
    }
  }

  #take(socket: WebSocket, link: WorkerLink, early: Buffer[]): void {
    const { pool, log } = this.#deps;
    pool.join(link);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === OVERSIZED) link.isOversized = true;
    });
    log.debug("A worker connected", { worker: link.name, apps: [...link.facts.apps.keys()] });
    socket.on("close", () => {
      pool.leave(link);
      log.debug("A worker's connection ended", { worker: link.name });
    });
    converse(socket, link, this.#deps, early);
    if (link.facts.isReadyAtOnce) pool.ready(link);
    if (this.#isDraining) link.sendAway();
  }

  /** As {@link takeReply}; what another node handed on goes no further. */
  async replied(response: SdkResponse, isForwarded: boolean): Promise<void> {
    if (isForwarded) this.#deps.pool.replied(response);
    else await takeReply(this.#deps, response);
  }

  /** Lets nobody in any more; workers finish what they do and are told to go elsewhere. */
  drain(): void {
    this.#isDraining = true;
    this.#deps.pool.drain();
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.drain();
    this.#stopSweeping();
    this.#announcer.stop();
    for (const link of this.#deps.pool.links) link.sendAway();
    const open = [...this.#sockets.clients];
    const closed = open.map(
      (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())),
    );
    for (const socket of open) socket.close(GOING_AWAY, GATEWAY_CLOSING_CODE);
    const forget = setTimeout(() => {
      for (const socket of open) socket.terminate();
    }, CLOSE_GRACE_MS);
    await Promise.all(closed);
    clearTimeout(forget);
  }
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
