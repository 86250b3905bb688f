import type { Clock, EngineContract, Log } from "@stepfast/engine";
import type { Store } from "@stepfast/store";

/** What the HTTP APIs stand on. */
export interface ServerDeps {
  engine: EngineContract;
  /** Read only: what changes anything goes through the engine. */
  store: Store;
  clock: Clock;
  log: Log;
  /** `dev`: any event key, no signing. */
  mode: "dev";
  /** The address the server listens on: its name is a valid Host besides the loopback names. Default 127.0.0.1. */
  host?: string;
  /** Told by `GET /dev`. */
  startOptions?: Record<string, unknown>;
}
