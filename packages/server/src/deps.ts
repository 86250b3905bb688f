import type { Clock, EngineContract, Log } from "@stepfast/engine";
import type { Store } from "@stepfast/store";
import type { ServerKeys } from "./auth/access.ts";
import type { Gateway } from "./connect/gateway.ts";
import type { Realtime } from "./realtime/realtime.ts";

/** What every kind of server stands on. */
interface CommonDeps {
  engine: EngineContract;
  /** Runs and events are only read: what changes them goes through the engine. Documents are the API's own. */
  store: Store;
  clock: Clock;
  log: Log;
  /** Default: the server's own. */
  realtime?: Realtime;
  /** Told by `GET /dev`. */
  startOptions?: Record<string, unknown>;
  /** Why no work should be sent here now; undefined: it may be. Answered by `GET /readyz`. */
  notReady?: () => Promise<string | undefined>;
  /** Takes workers; absent: this server takes none. */
  gateway?: Gateway | undefined;
  /** Where workers reach it. Default: at the address by which they reached the API. */
  gatewayUrl?: string | undefined;
  /** The text of `GET /metrics`. */
  metrics?: () => string | Promise<string>;
}

/** For a developer's machine: any event key, nothing signed, only pages and names of this machine. */
export interface DevDeps extends CommonDeps {
  mode: "dev";
  /** The address the server listens on: its name is a valid Host besides the loopback names. Default 127.0.0.1. */
  host?: string;
}

/** For production: everything needs a key, whatever name the server is called by. */
export interface CloudDeps extends CommonDeps {
  mode: "cloud";
  keys: ServerKeys;
  /** Whether other nodes work on the same store. */
  hasPeers: boolean;
}

/** What the HTTP APIs stand on. */
export type ServerDeps = DevDeps | CloudDeps;
