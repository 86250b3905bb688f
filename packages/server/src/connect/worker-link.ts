import { connectFrame, connectKinds, type WorkerConnectRequest } from "@stepfast/protocol/connect";
import type { WebSocket } from "ws";
import type { Dispatch } from "./dispatch.ts";
import type { WorkerGroup } from "./worker-group.ts";

/** What a worker said of itself, checked. */
export interface WorkerFacts {
  connectionId: string;
  instanceId: string;
  /** Slugs of the functions it has, by app. */
  apps: ReadonlyMap<string, ReadonlySet<string>>;
  /** What it brings of each app, by app: see `worker-group.ts`. */
  groups: ReadonlyMap<string, WorkerGroup>;
  /** Requests at once. */
  capacity: number;
  /** It takes requests from now on; others send WORKER_READY first. */
  isReadyAtOnce: boolean;
  sdk: string;
  system: WorkerConnectRequest["systemAttributes"];
}

/** What a worker last said of itself (PROTOCOL §11.2, kind 15). */
export interface WorkerStatus {
  /** Requests it is at. */
  inFlight: number;
  isShuttingDown: boolean;
  at: number;
}

export type WorkerState = "connected" | "ready" | "draining";

/** The connection of one worker that has said who it is. */
export class WorkerLink {
  readonly facts: WorkerFacts;
  readonly #socket: WebSocket;
  readonly #backlogBytes: number;
  readonly requests = new Map<string, Dispatch>();
  readonly connectedAt: number;
  state: WorkerState = "connected";
  heardAt: number;
  status: WorkerStatus | null = null;
  /** It sent a frame that is over the limit: the connection is lost with it. */
  isOversized = false;
  #isSentAway = false;

  constructor(
    socket: WebSocket,
    facts: WorkerFacts,
    { now, backlogBytes }: { now: number; backlogBytes: number },
  ) {
    this.#socket = socket;
    this.facts = facts;
    this.#backlogBytes = backlogBytes;
    this.connectedAt = now;
    this.heardAt = now;
  }

  /** Share of its capacity that is taken; 1 and more: it takes nothing now. */
  get load(): number {
    const isBehind = this.#socket.bufferedAmount > this.#backlogBytes;
    return isBehind ? 1 : this.requests.size / this.facts.capacity;
  }

  has(functionId: string, appId: string): boolean {
    return this.facts.apps.get(appId)?.has(functionId) ?? false;
  }

  /** For people: which worker it is. */
  get name(): string {
    return `${this.facts.instanceId} (${this.facts.connectionId})`;
  }

  send(kind: number, payload?: Uint8Array): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(connectFrame(kind, payload));
  }

  /** Tells the worker to connect anew, elsewhere if there is another place. */
  sendAway(): void {
    if (this.#isSentAway) return;
    this.#isSentAway = true;
    this.send(connectKinds.gatewayClosing);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Ends it without a word. */
  cut(): void {
    this.#socket.terminate();
  }
}
