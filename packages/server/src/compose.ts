import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Clock, Engine, type EngineContract, type EngineOptions, type Log } from "@stepfast/engine";
import type { Store } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { httpRemote } from "./remote/remote.ts";
import { systemClock } from "./system/system-clock.ts";
import { systemRandom } from "./system/system-random.ts";

/** How an engine may be tuned; see `EngineOptions`. */
export type EngineTuning = Pick<EngineOptions, "maxHotRuns" | "retryIntervalMs" | "pollMs" | "leaseMs">;

export interface ComposeOptions {
  /** A SQLite file (its folder is made) or `:memory:`, which forgets everything at the end. */
  db: string;
  /** Used instead of `db`; it stays open when the composition is closed. */
  store?: Store;
  log: Log;
  /** Default: the machine's. */
  clock?: Clock;
  tuning?: EngineTuning;
}

/** An engine and what it stands on. Not started. */
export interface Composition {
  engine: EngineContract;
  store: Store;
  /** Drains the engine, then closes what was opened for it. */
  close(options?: { drainMs?: number }): Promise<void>;
}

export const MEMORY = ":memory:";

async function openStore(db: string): Promise<Store> {
  if (db === MEMORY) return new MemoryStore();
  const path = resolve(db);
  mkdirSync(dirname(path), { recursive: true });
  return await openSqliteStore({ path });
}

/** Puts an engine together for this machine. The only place that names drivers. */
export async function compose(options: ComposeOptions): Promise<Composition> {
  const store = options.store ?? (await openStore(options.db));
  const remote = httpRemote();
  const engine = new Engine({
    ...options.tuning,
    store,
    remote,
    clock: options.clock ?? systemClock,
    random: systemRandom,
    log: options.log,
  });
  return {
    engine,
    store,
    async close(drain) {
      await engine.close(drain);
      await remote.close();
      if (options.store === undefined) await store.close();
    },
  };
}
