import type { EngineContract, Log } from "@stepfast/engine";
import { StepfastError } from "@stepfast/protocol";
import { isShared, type Store } from "@stepfast/store";
import type { ServerKeys } from "./auth/access.ts";
import { EventKeys } from "./auth/event-keys.ts";
import { SigningKeys } from "./auth/signing-keys.ts";
import { type Composition, compose, type DatabaseTuning, type EngineTuning } from "./compose.ts";
import type { GatewayLimits } from "./connect/limits.ts";
import { type OpenGateway, openGateway } from "./connect/open-gateway.ts";
import type { CloudDeps } from "./deps.ts";
import { FrontDoor } from "./front-door.ts";
import { isLoopbackHost } from "./http/guard.ts";
import { type Listener, listen } from "./listen.ts";
import { nodeMetrics } from "./metrics/node-metrics.ts";
import { QueueMetrics } from "./metrics/queue-metrics.ts";
import { StoreCounters } from "./metrics/store-counters.ts";
import { nodeUrl } from "./node-url.ts";
import { closeNode } from "./open-node.ts";
import { Readiness } from "./readiness.ts";
import { createServer, type Server } from "./server.ts";
import { AppWatcher } from "./sync/app-watcher.ts";
import { systemClock } from "./system/system-clock.ts";

export interface ProductionOptions {
  /** SQLite file or `:memory:`. */
  db: string;
  /** `postgres://…`: used instead of `db`. */
  databaseUrl?: string | undefined;
  database?: DatabaseTuning | undefined;
  /** A store of your own instead of either. It is not closed. */
  store?: Store;
  port: number;
  /** Default 127.0.0.1. Beyond loopback there must be keys of both kinds. */
  host?: string;
  /** Where the other nodes on the database reach this one. Default: at this machine's address. */
  advertiseUrl?: string | undefined;
  eventKeys: string[];
  signingKey?: string | undefined;
  signingKeyFallback?: string | undefined;
  /** Take answers of apps that are not signed, for SDKs that sign none. Default false. */
  allowUnsignedAnswers?: boolean;
  /** Serve URLs of apps, synced at the start. */
  sdkUrls: string[];
  /** How workers are treated; false: none are taken. Default true. */
  connect?: GatewayLimits | boolean;
  /** A port for workers beside the API's, which takes them too. Left out: none. */
  connectGatewayPort?: number | undefined;
  /** Where workers reach this node, if not at the address by which they reach the API. */
  connectGatewayUrl?: string | undefined;
  /** Sync all apps again this often; 0: only at the start. */
  pollIntervalMs: number;
  /** Hosts on private addresses that steps may have asked (`step.fetch`, `step.ai.infer`). */
  gatewayAllow?: string[];
  tuning?: EngineTuning;
  log: Log;
}

export interface ProductionServer {
  url: string;
  port: number;
  engine: EngineContract;
  store: Store;
  /** Takes no more work, lets running steps finish (up to `drainMs`, default 10,000), hands the rest back. */
  close(options?: { drainMs?: number }): Promise<void>;
}

const DEFAULT_HOST = "127.0.0.1";
/** How long to wait before an app that did not answer at the start is asked again. */
const FIRST_SYNC_INTERVAL_MS = 5_000;
const WEAK_KEY_LENGTH = 16;

function keysOf({ eventKeys, signingKey, signingKeyFallback }: ProductionOptions): ServerKeys {
  if (signingKey === undefined && signingKeyFallback !== undefined) {
    throw new StepfastError("invalid_config", "A fallback signing key needs a signing key beside it");
  }
  const signing = signingKey === undefined ? undefined : new SigningKeys({ signingKey, signingKeyFallback });
  return { event: new EventKeys(eventKeys), signing };
}

/** Throws `invalid_config` where a server without keys would be within reach of other machines. */
function checkReach(host: string, keys: ServerKeys): void {
  if (isLoopbackHost(host)) return;
  if (keys.signing && !keys.event.isEmpty) return;
  throw new StepfastError(
    "invalid_config",
    `Without keys this server listens on 127.0.0.1 only, not on ${host}: give it --signing-key and --event-key`,
  );
}

function warnOfWeakKeys({ eventKeys, signingKey, log }: ProductionOptions): void {
  const weak = [...eventKeys, signingKey].filter((key) => key !== undefined && key.length < WEAK_KEY_LENGTH);
  if (weak.length > 0) log.warn("A key is so short that it can be guessed: use `openssl rand -hex 32`");
}

function watcherOf(options: ProductionOptions, engine: EngineContract, keys: SigningKeys): AppWatcher {
  const { pollIntervalMs, sdkUrls: urls, log } = options;
  const poll = pollIntervalMs > 0;
  const intervalMs = poll ? pollIntervalMs : FIRST_SYNC_INTERVAL_MS;
  return new AppWatcher({
    engine,
    clock: systemClock,
    log,
    urls,
    poll,
    search: false,
    ownPorts: [],
    intervalMs,
    keys,
  });
}

interface Parts {
  keys: ServerKeys;
  counters: StoreCounters;
  readiness: Readiness;
  gateway: OpenGateway | undefined;
}

function depsOf(composition: Composition, options: ProductionOptions, parts: Parts): CloudDeps {
  const { engine, store, hotRuns } = composition;
  const { keys, readiness, counters, gateway } = parts;
  const queues = new QueueMetrics({ queues: engine.queues, clock: systemClock });
  const { port, host, sdkUrls, pollIntervalMs } = options;
  return {
    engine,
    store,
    clock: systemClock,
    log: options.log,
    mode: "cloud",
    keys,
    hasPeers: isShared(store),
    startOptions: { port, host, sdkUrls, pollIntervalMs },
    notReady: () => readiness.notReady(),
    gateway: gateway?.gateway,
    gatewayUrl: options.connectGatewayUrl,
    metrics: () => nodeMetrics({ counters, hotRuns, queues, workers: composition.workers }),
  };
}

async function composed(
  options: ProductionOptions,
  keys: ServerKeys,
  more: { counters: StoreCounters; port: number },
): Promise<Composition> {
  const { db, databaseUrl, database, log, tuning = {}, host = DEFAULT_HOST, connect = true } = options;
  const url = options.advertiseUrl ?? nodeUrl({ host, port: more.port });
  const allowUnsigned = options.allowUnsignedAnswers;
  const signing = { keys: keys.signing, allowUnsigned, serverKind: "cloud" } as const;
  const given = options.store === undefined ? {} : { store: options.store };
  const gateway = { allowHosts: options.gatewayAllow ?? [] };
  const base = { db, databaseUrl, database, ...given, log, tuning, gateway, connect, ...signing };
  return await compose({ ...base, counters: more.counters, url });
}

/** The API is open before the engine takes runs: the apps they call report back to it. */
async function openNode(
  listener: Listener,
  door: FrontDoor,
  { options, keys }: { options: ProductionOptions; keys: ServerKeys },
): Promise<ProductionServer> {
  const counters = new StoreCounters();
  const composition = await composed(options, keys, { counters, port: listener.port });
  const { engine, store, isAlive } = composition;
  const readiness = new Readiness(store, isAlive);
  let gateway: OpenGateway | undefined;
  let server: Server;
  try {
    const host = options.host ?? DEFAULT_HOST;
    gateway = openGateway(composition, { ...options, host, keys: keys.signing });
    server = createServer(depsOf(composition, options, { keys, counters, readiness, gateway }));
    door.open(server);
    await gateway?.openPort();
    await engine.start();
  } catch (error) {
    await gateway?.close();
    await composition.close({ drainMs: 0 });
    throw error;
  }
  readiness.open();
  const watcher = keys.signing && watcherOf(options, engine, keys.signing);
  void watcher?.start();
  const close = async (drain?: { drainMs?: number }) => {
    readiness.drain();
    await closeNode({ composition, server, listener, gateway, watcher }, drain);
  };
  return { url: listener.url, port: listener.port, engine, store, close };
}

/**
 * A server for production: everything that needs a key is closed without it, calls to apps are signed. Throws
 * `invalid_config`, `port_in_use`, `store_locked`, `schema_too_new`, `store_unavailable`.
 */
export async function startProductionServer(options: ProductionOptions): Promise<ProductionServer> {
  const keys = keysOf(options);
  const { port, host = DEFAULT_HOST } = options;
  checkReach(host, keys);
  warnOfWeakKeys(options);
  const door = new FrontDoor();
  const listener = await listen({ fetch: door.fetch, upgrade: door.upgrade, port, host });
  try {
    return await openNode(listener, door, { options, keys });
  } catch (error) {
    await listener.close();
    throw error;
  }
}
