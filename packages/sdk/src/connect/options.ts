import type { ServeClient, ServedFunction } from "../serve/contract.ts";

/** An app that a worker brings. */
export interface ConnectApp {
  client: ServeClient;
  /** Default: all functions made with the client. */
  functions?: readonly ServedFunction[];
}

export interface ConnectHandlerOptions {
  /** One app or several, each with a client of its own; all in the same environment. */
  apps: ConnectApp[];
  /** What the server calls this worker by. Default: the machine's name. */
  instanceId?: string;
  /** Requests at once. Default: `INNGEST_CONNECT_MAX_WORKER_CONCURRENCY`, else what the server allows: 1,000. */
  maxWorkerConcurrency?: number;
  /** Signals upon which the worker finishes what it does and closes; `[]`: none. Default SIGINT and SIGTERM. */
  handleShutdownSignals?: NodeJS.Signals[];
  /** Where the gateway is, if not where the server says. Default: `INNGEST_CONNECT_GATEWAY_URL`. */
  gatewayUrl?: string;
  /**
   * Keeps the connection in a thread of its own, so that user code that blocks does not end it. Default: true, unless
   * `INNGEST_CONNECT_ISOLATE_EXECUTION` is `0` or `false`.
   */
  isolateExecution?: boolean;
}

export const DEFAULT_SHUTDOWN_SIGNALS: NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

export const ConnectionState = {
  CONNECTING: "CONNECTING",
  ACTIVE: "ACTIVE",
  PAUSED: "PAUSED",
  RECONNECTING: "RECONNECTING",
  CLOSING: "CLOSING",
  CLOSED: "CLOSED",
} as const;

export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

/** A request that a worker is working on. Times are milliseconds since the epoch. */
export interface InFlightRequest {
  requestId: string;
  runId: string;
  stepId: string | undefined;
  appId: string;
  envId: string;
  functionSlug: string;
  accountId: string;
  leaseAcquiredAt?: number;
  leaseLastExtendedAt?: number;
}

/** How a connection is. Times are milliseconds since the epoch. */
export interface ConnectDebugState {
  state: ConnectionState;
  activeConnectionId: string | undefined;
  /** One that the gateway is about to close, while its requests finish. */
  drainingConnectionId: string | undefined;
  lastHeartbeatSentAt: number | undefined;
  lastHeartbeatReceivedAt: number | undefined;
  lastMessageReceivedAt: number | undefined;
  shutdownRequested: boolean;
  inFlightRequestCount: number;
  inFlightRequests: InFlightRequest[];
}

export interface WorkerConnection {
  /** Of the current connection; another one after each reconnect. */
  readonly connectionId: string;
  readonly state: ConnectionState;
  /** Resolves when the worker has closed. */
  readonly closed: Promise<void>;
  /** Takes no more work, finishes what it does, delivers all replies, and closes. */
  close(): Promise<void>;
  getDebugState(): ConnectDebugState;
}
