import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  answerBytes,
  type Clock,
  Engine,
  type EngineContract,
  type EngineOptions,
  type Log,
  type RetentionPolicy,
  sizeLimits,
} from "@stepfast/engine";
import type { MoveSource, MoveTarget, Store } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import type { PostgresStoreOptions } from "@stepfast/store-postgres";
import {
  type BackupOptions,
  backupSqlite,
  openSqliteSource,
  openSqliteStore,
  type RestoreOptions,
  restoreSqlite,
} from "@stepfast/store-sqlite";
import type { SigningKeys } from "./auth/signing-keys.ts";
import { type GatewayLimits, gatewayLimits } from "./connect/limits.ts";
import { WorkerPool } from "./connect/worker-pool.ts";
import { workerRemote } from "./connect/worker-remote.ts";
import { type GatewayOptions, httpGateway } from "./gateway/http-gateway.ts";
import { countedStore, type StoreCounters } from "./metrics/store-counters.ts";
import { httpRemote } from "./remote/remote.ts";
import { systemClock } from "./system/system-clock.ts";
import { systemRandom } from "./system/system-random.ts";

/** How an engine may be tuned; see `EngineOptions`. What has ended is kept for 30 days unless `retention` says something else. */
export type EngineTuning = Pick<
  EngineOptions,
  "maxHotRuns" | "retryIntervalMs" | "pollMs" | "leaseMs" | "retention" | "sizes"
>;

/** What has ended is kept for 30 days unless something else is asked for. */
export const DEFAULT_RETENTION: RetentionPolicy = { keepMs: 30 * 24 * 3_600_000 };

/** See `PostgresStoreOptions`. */
export type DatabaseTuning = Pick<PostgresStoreOptions, "hints" | "profile">;

export interface ComposeOptions {
  /** A SQLite file (its folder is made) or `:memory:`, which forgets everything at the end. */
  db: string;
  /** `postgres://…`: used instead of `db`, by as many nodes as there are. */
  databaseUrl?: string | undefined;
  /** How the PostgreSQL database is used; see `PostgresStoreOptions`. */
  database?: DatabaseTuning | undefined;
  /** Used instead of `db`; it stays open when the composition is closed. */
  store?: Store;
  log: Log;
  /** Sign calls to apps; without them apps are told that this is a development server. */
  keys?: SigningKeys | undefined;
  /** As for `httpRemote`. */
  allowUnsigned?: boolean | undefined;
  /** What calls say of this server; default as for `httpRemote`. */
  serverKind?: "dev" | "cloud";
  /** Where requests that steps leave to the server may go. Default: to the public internet. */
  gateway?: GatewayOptions;
  /** Counts what is committed. */
  counters?: StoreCounters;
  /** Where the other nodes on the database reach this one. */
  url?: string | undefined;
  /** Default: the machine's. */
  clock?: Clock;
  /** How workers are treated; false: none are taken. Default false. */
  connect?: GatewayLimits | boolean;
  tuning?: EngineTuning;
}

export interface MoveEndsOptions {
  /** The SQLite file that is moved. */
  db: string;
  /** `postgres://…`: where to. */
  databaseUrl: string;
}

export interface MoveEnds {
  source: MoveSource;
  target: MoveTarget;
  /** Of the target, without user and password. */
  address: string;
}

/** An engine and what it stands on. Not started. */
export interface Composition {
  engine: EngineContract;
  store: Store;
  /** The workers of this node, if it takes any. */
  workers: WorkerPool | undefined;
  /** Runs held in memory. */
  hotRuns(): number;
  /** See `Engine.isAlive`. */
  isAlive(): boolean;
  /** Drains the engine, then closes what was opened for it. */
  close(options?: { drainMs?: number }): Promise<void>;
}

export const MEMORY = ":memory:";

/** Drivers are loaded when they are chosen: who uses one needs nothing of the other. */
async function openStore({ db, databaseUrl, database }: ComposeOptions): Promise<Store> {
  if (databaseUrl !== undefined) {
    const { openPostgresStore } = await import("@stepfast/store-postgres");
    return await openPostgresStore({ ...database, url: databaseUrl });
  }
  if (db === MEMORY) return new MemoryStore();
  const path = resolve(db);
  mkdirSync(dirname(path), { recursive: true });
  return await openSqliteStore({ path });
}

/** Brings the schema of a PostgreSQL database up to date. Throws `schema_too_new`, `store_unavailable`. */
export async function migrateDatabase(databaseUrl: string, database: DatabaseTuning = {}): Promise<void> {
  const { migratePostgres } = await import("@stepfast/store-postgres");
  await migratePostgres({ ...database, url: databaseUrl });
}

/** Copies a SQLite file as it is at one moment, while it is in use. Throws as `backupSqlite` does. */
export function backupDatabase(options: BackupOptions): void {
  backupSqlite({ from: resolve(options.from), to: resolve(options.to) });
}

/** Makes a SQLite database of a backup. Throws as `restoreSqlite` does. */
export function restoreDatabase(options: RestoreOptions): void {
  restoreSqlite({ from: resolve(options.from), to: resolve(options.to) });
}

/** The ends of a move. Each throws what its driver does, `invalid_config` for a file or a server that cannot be used. */
export async function openMoveEnds(options: MoveEndsOptions): Promise<MoveEnds> {
  const { addressOf, openPostgresTarget } = await import("@stepfast/store-postgres");
  const address = addressOf(options.databaseUrl);
  const source = await openSqliteSource({ path: resolve(options.db), address });
  try {
    const target = await openPostgresTarget({ url: options.databaseUrl });
    return { source, target, address };
  } catch (error) {
    await source.close();
    throw error;
  }
}

function poolOf({ connect = false }: ComposeOptions, clock: Clock): WorkerPool | undefined {
  if (connect === false) return undefined;
  return new WorkerPool({ clock, limits: connect === true ? gatewayLimits : connect });
}

/** Puts an engine together for this machine. The only place that names drivers. */
export async function compose(options: ComposeOptions): Promise<Composition> {
  const sizes = sizeLimits(options.tuning?.sizes);
  const opened = options.store ?? (await openStore(options));
  const store = options.counters ? countedStore(opened, options.counters) : opened;
  const kind = options.serverKind === undefined ? {} : { serverKind: options.serverKind };
  const { keys, allowUnsigned } = options;
  const http = httpRemote({ keys, allowUnsigned, maxAnswerBytes: answerBytes(sizes), ...kind });
  const gateway = httpGateway({ maxAnswerBytes: sizes.stepOutputBytes, ...options.gateway });
  const clock = options.clock ?? systemClock;
  const workers = poolOf(options, clock);
  const engine = new Engine({
    ...options.tuning,
    retention: options.tuning?.retention ?? DEFAULT_RETENTION,
    store,
    remote: workers ? workerRemote(workers, http) : http,
    ...(workers ? { workers } : {}),
    gateway,
    clock,
    random: systemRandom,
    log: options.log,
    url: options.url,
  });
  return {
    engine,
    store,
    workers,
    hotRuns: () => engine.hotRuns,
    isAlive: () => engine.isAlive,
    async close(drain) {
      await engine.close(drain);
      await http.close();
      await gateway.close();
      if (options.store === undefined) await store.close();
    },
  };
}
