import type { Clock, EngineContract, Log } from "@stepfast/engine";
import type { Store } from "@stepfast/store";
import type { ServerKeys } from "./auth/access.ts";

/** What every kind of server stands on. */
interface CommonDeps {
  engine: EngineContract;
  /** Runs and events are only read: what changes them goes through the engine. Documents are the API's own. */
  store: Store;
  clock: Clock;
  log: Log;
  /** Told by `GET /dev`. */
  startOptions?: Record<string, unknown>;
  /** Why no work should be sent here now; undefined: it may be. Answered by `GET /readyz`. */
  notReady?: () => Promise<string | undefined>;
  /** The text of `GET /metrics`. */
  metrics?: () => string;
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
