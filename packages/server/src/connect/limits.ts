import { limits } from "@stepfast/protocol";

/** How a gateway treats its workers. docs/guides/connect.md tells of them. */
export interface GatewayLimits {
  /** Sockets at once, of workers and of what has not said who it is. */
  maxConnections: number;
  /** Of those, how many may not have said who they are yet. */
  maxStrangers: number;
  /** From the opening of a socket to the worker's name, apps and token. */
  handshakeMs: number;
  /** One frame; a larger one ends the connection. */
  frameBytes: number;
  /** Requests at once of a worker that sets no limit. */
  workerConcurrency: number;
  /** What may wait to be sent to one worker before others are given work instead. */
  backlogBytes: number;
  heartbeatMs: number;
  /** A worker that says nothing for this long is lost. */
  silenceMs: number;
  extendLeaseMs: number;
  /** How often a worker tells what it is at; 0: it is not asked to. */
  statusMs: number;
  /** A request that is not extended for this long is lost. */
  leaseMs: number;
  /** A request that the worker has not acknowledged by then goes to another one. */
  ackMs: number;
  /** How often a request is handed to a worker that then does not take it. */
  deliveries: number;
  /** One call, from the first delivery. */
  callMs: number;
  sweepMs: number;
}

export const gatewayLimits: GatewayLimits = {
  maxConnections: 1_000,
  maxStrangers: 100,
  handshakeMs: 10_000,
  frameBytes: 4 * limits.sdkResponseBytes,
  workerConcurrency: 1_000,
  backlogBytes: limits.sdkResponseBytes,
  heartbeatMs: 10_000,
  silenceMs: 35_000,
  extendLeaseMs: 5_000,
  statusMs: 15_000,
  leaseMs: 60_000,
  ackMs: 20_000,
  deliveries: 3,
  callMs: limits.sdkRequestMs,
  sweepMs: 5_000,
};
