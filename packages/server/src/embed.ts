import type { Clock, EngineContract, Log } from "@stepfast/engine";
import {
  ATTACH,
  type HasInline,
  INLINE,
  type InlineClient,
  type InlineFunction,
  type InlineTransport,
  StepfastError,
} from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import { type Composition, compose, type EngineTuning } from "./compose.ts";
import { type Listener, listen } from "./listen.ts";
import { batchesOfJson } from "./otlp/json.ts";
import { spansByRun } from "./otlp/kept-span.ts";
import { inlineRealtime } from "./realtime/inline-realtime.ts";
import { createServer, type Server } from "./server.ts";
import { consoleLog } from "./system/console-log.ts";
import { systemClock } from "./system/system-clock.ts";
import { noteMetadata } from "./trace/metadata.ts";

export interface EmbedOptions extends EngineTuning {
  /** Sends events to this engine from now on, instead of over the network. */
  client: InlineClient;
  /** What runs here. */
  functions: HasInline[];
  /** A SQLite file, or `:memory:`. Default `./.stepfast/app.db`. */
  db?: string;
  /** A store of your own instead of `db`. It is not closed. */
  store?: Store;
  /** Serve the HTTP API too, on this port; 0 takes any free one. Left out: no network at all. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Hosts on private addresses that steps may have asked (`step.fetch`, `step.ai.infer`); this machine may be, too. */
  gatewayAllow?: string[];
  /** Default: warnings and errors to standard error. */
  log?: Log;
  /** For tests that move time themselves. Default: the machine's clock. */
  clock?: Clock;
}

export interface Embedded {
  /** Where the HTTP API is, if a port was given. */
  url?: string;
  engine: EngineContract;
  store: Store;
  server: Server;
  /** Lets running steps finish (up to `drainMs`, default 10,000), hands the rest back, frees everything. */
  close(options?: { drainMs?: number }): Promise<void>;
}

const DEFAULT_DB = "./.stepfast/app.db";

function inlineFunctions(client: InlineClient, functions: HasInline[]): InlineFunction[] {
  if (typeof client?.[ATTACH] !== "function" || !Array.isArray(functions)) {
    throw new StepfastError(
      "invalid_config",
      "embed wants { client: new Inngest({ id }), functions: [ … ] }",
    );
  }
  const seen = new Set<string>();
  return functions.map((fn, index) => {
    const inline: InlineFunction | undefined = fn?.[INLINE];
    if (!inline) {
      throw new StepfastError(
        "invalid_config",
        `functions[${index}] is not a function made by client.createFunction`,
      );
    }
    for (const { id } of inline.configs(client.id)) {
      if (seen.has(id)) {
        throw new StepfastError(
          "duplicate_function",
          `Two functions have the id "${id}": give each its own id`,
        );
      }
      seen.add(id);
    }
    return inline;
  });
}

function transportTo({ engine, store }: Composition, server: Server): InlineTransport {
  return {
    async note({ target, metadata }) {
      await noteMetadata(target.run_id, { target, metadata }, { engine, store });
    },
    async spans(request) {
      const { runs } = spansByRun(batchesOfJson(JSON.stringify(request)));
      for (const [runId, spans] of runs) await engine.spans.add(runId, spans);
    },
    realtime: inlineRealtime(server.realtime),
    send: (events, seed) => engine.send(events, seed === undefined ? {} : { seed }),
    async sendSignal(signal, data) {
      try {
        return await engine.sendSignal({ signal, data });
      } catch (error) {
        if (StepfastError.is(error) && error.code === "signal_not_found") return { runId: undefined };
        throw error;
      }
    },
  };
}

function apiOver(composition: Composition, options: EmbedOptions, log: Log): Server {
  const { engine, store } = composition;
  const host = options.host === undefined ? {} : { host: options.host };
  return createServer({ engine, store, clock: options.clock ?? systemClock, log, mode: "dev", ...host });
}

async function serve(server: Server, options: EmbedOptions): Promise<Listener | undefined> {
  if (options.port === undefined) return undefined;
  const host = options.host === undefined ? {} : { host: options.host };
  return await listen({ fetch: server.fetch, upgrade: server.upgrade, port: options.port, ...host });
}

/** Registers the functions and is there for what they send, then starts: runs that wait from before are claimed at once. */
async function begin(
  composition: Composition,
  options: EmbedOptions,
  { functions, server }: { functions: InlineFunction[]; server: Server },
): Promise<void> {
  const { id, appVersion } = options.client;
  await composition.engine.registerInline({ id, appVersion, functions });
  options.client[ATTACH](transportTo(composition, server));
  await composition.engine.start();
}

function once(action: (options?: { drainMs?: number }) => Promise<void>): typeof action {
  let done: Promise<void> | undefined;
  return (options) => {
    done ??= action(options);
    return done;
  };
}

/**
 * Runs functions durably in this process: opens the store, starts an engine and routes the client to it. Throws
 * `duplicate_function`, `invalid_config`, `store_locked`, `schema_too_new`, `port_in_use`.
 */
export async function embed(options: EmbedOptions): Promise<Embedded> {
  const functions = inlineFunctions(options.client, options.functions);
  const log = options.log ?? consoleLog("warn");
  const { maxHotRuns, retryIntervalMs, pollMs, leaseMs, retention, sizes } = options;
  const tuning = { maxHotRuns, retryIntervalMs, pollMs, leaseMs, retention, sizes };
  const given = options.store === undefined ? {} : { store: options.store };
  const time = options.clock === undefined ? {} : { clock: options.clock };
  const gateway = { allowLoopback: true, allowHosts: options.gatewayAllow ?? [] };
  const db = options.db ?? DEFAULT_DB;
  const composition = await compose({ db, ...given, ...time, log, tuning, gateway });
  const server = apiOver(composition, options, log);
  let listener: Listener | undefined;
  const close = once(async (drain) => {
    // Steps that are finishing may still report and send events: all doors stay open until they have.
    await composition.engine.close(drain);
    options.client[ATTACH](null);
    server.close();
    await listener?.close();
    await composition.close(drain);
  });
  try {
    await begin(composition, options, { functions, server });
    listener = await serve(server, options);
    const url = listener === undefined ? {} : { url: listener.url };
    return { ...url, engine: composition.engine, store: composition.store, server, close };
  } catch (error) {
    await close({ drainMs: 0 });
    throw error;
  }
}
