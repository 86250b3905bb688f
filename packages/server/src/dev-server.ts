import type { EngineContract, Log } from "@stepfast/engine";
import type { Store } from "@stepfast/store";
import { type Composition, compose, type EngineTuning } from "./compose.ts";
import type { GatewayLimits } from "./connect/limits.ts";
import { type OpenGateway, openGateway } from "./connect/open-gateway.ts";
import { type Listener, listen } from "./listen.ts";
import { closeNode } from "./open-node.ts";
import { createServer, type Server } from "./server.ts";
import type { SearchScope } from "./sync/app-finder.ts";
import { AppWatcher } from "./sync/app-watcher.ts";
import { byApp, serveUrls } from "./sync/serve-url.ts";
import { systemClock } from "./system/system-clock.ts";

export interface DevServerOptions {
  /** SQLite file or `:memory:`. */
  db: string;
  /** A store of your own instead. It is not closed. */
  store?: Store;
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Serve URLs of apps. */
  sdkUrls: string[];
  /** Look for apps on this machine; an object says where. */
  discover: boolean | SearchScope;
  /** Keep syncing apps. */
  poll: boolean;
  pollIntervalMs: number;
  /** How workers are treated; false: none are taken. Default true. */
  connect?: GatewayLimits | boolean;
  /** A port for workers beside the API's, which takes them too. Left out: none. */
  connectGatewayPort?: number | undefined;
  /** Hosts on private addresses that steps may have asked (`step.fetch`, `step.ai.infer`); this machine may be, too. */
  gatewayAllow?: string[];
  tuning?: EngineTuning;
  log: Log;
}

export interface DevServer {
  url: string;
  /** The one asked for, or the next that was free. */
  port: number;
  /** Serve URLs of the apps it was given or knows from before. */
  apps: string[];
  engine: EngineContract;
  store: Store;
  /** Lets running steps finish (up to `drainMs`, default 10,000), hands the rest back. */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** How many further ports are tried where the one asked for is taken. */
const PORT_TRIES = 100;

function watcherOf(options: DevServerOptions, engine: EngineContract, listener: Listener): AppWatcher {
  return new AppWatcher({
    engine,
    clock: systemClock,
    log: options.log,
    urls: options.sdkUrls,
    poll: options.poll,
    search: options.discover === true ? {} : options.discover,
    ownPorts: [listener.port],
    intervalMs: options.pollIntervalMs,
  });
}

/** The APIs over an engine, at their port; workers at the one beside it, too. */
async function serve(
  { engine, store }: Composition,
  gateway: OpenGateway | undefined,
  options: DevServerOptions & { host: string },
): Promise<{ server: Server; listener: Listener }> {
  const { host, port, log } = options;
  const { log: _log, tuning: _tuning, store: _store, ...startOptions } = options;
  const deps = { engine, store, clock: systemClock, log, host, startOptions, gateway: gateway?.gateway };
  const server = createServer({ ...deps, mode: "dev" });
  const { fetch, upgrade } = server;
  const listener = await listen({ fetch, upgrade, port, host, tries: PORT_TRIES });
  try {
    await gateway?.openPort();
    return { server, listener };
  } catch (error) {
    server.close();
    await listener.close();
    throw error;
  }
}

/** A server for development: the APIs on one port, apps found and kept in sync. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { db, log, tuning = {}, connect = true, host = "127.0.0.1", gatewayAllow: allowHosts = [] } = options;
  const given = options.store === undefined ? {} : { store: options.store };
  const asked = { allowLoopback: true, allowHosts };
  const composition = await compose({ db, ...given, log, tuning, connect, gateway: asked });
  const { engine, store } = composition;
  const gateway = openGateway(composition, { ...options, host, guardedHost: host });
  try {
    await engine.start();
    const { server, listener } = await serve(composition, gateway, { ...options, host });
    const watcher = watcherOf(options, engine, listener);
    void watcher.start();
    return {
      url: listener.url,
      port: listener.port,
      apps: [...byApp([...serveUrls(engine.functions()), ...options.sdkUrls]).values()],
      engine,
      store,
      close: (drain) => closeNode({ composition, server, listener, gateway, watcher }, drain),
    };
  } catch (error) {
    await gateway?.close();
    await composition.close({ drainMs: 0 });
    throw error;
  }
}
