import type { EngineContract, Log } from "@stepfast/engine";
import type { Store } from "@stepfast/store";
import { compose, type EngineTuning } from "./compose.ts";
import { type Listener, listen } from "./listen.ts";
import { createServer } from "./server.ts";
import type { SearchScope } from "./sync/app-finder.ts";
import { AppWatcher } from "./sync/app-watcher.ts";
import { byApp, serveUrls } from "./sync/serve-url.ts";
import { systemClock } from "./system/system-clock.ts";

export interface DevServerOptions {
  /** SQLite file or `:memory:`. */
  db: string;
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

/** A server for development: the APIs on one port, apps found and kept in sync. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { db, log, tuning = {}, gatewayAllow: allowHosts = [] } = options;
  const host = options.host ?? "127.0.0.1";
  const composition = await compose({ db, log, tuning, gateway: { allowLoopback: true, allowHosts } });
  const { engine, store } = composition;
  try {
    await engine.start();
    const { log: _log, tuning: _tuning, ...startOptions } = options;
    const server = createServer({ engine, store, clock: systemClock, log, mode: "dev", host, startOptions });
    const listener = await listen({ fetch: server.fetch, port: options.port, host, tries: PORT_TRIES });
    const watcher = watcherOf(options, engine, listener);
    void watcher.start();
    return {
      url: listener.url,
      port: listener.port,
      apps: [...byApp([...serveUrls(engine.functions()), ...options.sdkUrls]).values()],
      engine,
      store,
      async close(drain) {
        await watcher.stop();
        // Calls that finish meanwhile still report their steps here.
        await engine.close(drain);
        await listener.close();
        await composition.close(drain);
      },
    };
  } catch (error) {
    await composition.close({ drainMs: 0 });
    throw error;
  }
}
