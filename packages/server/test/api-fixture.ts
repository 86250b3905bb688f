import type { Log } from "@stepfast/engine";
import { MemoryStore } from "@stepfast/store/memory";
import type { CloudDeps } from "../src/deps.ts";
import { createServer, type Server } from "../src/server.ts";
import { contract } from "./contract.ts";
import { FakeEngine } from "./fake-engine.ts";
import { appRow, functionRow, payConfig, T0 } from "./rows.ts";

export interface Api {
  engine: FakeEngine;
  store: MemoryStore;
  /** Messages logged as errors. */
  errors: string[];
  server: Server;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** A production server's keys and what it tells of itself. */
export type CloudOptions = Pick<CloudDeps, "keys"> & Partial<Pick<CloudDeps, "notReady" | "metrics">>;

function kindOf(options: { host?: string } | CloudOptions) {
  if ("keys" in options) return { mode: "cloud" as const, hasPeers: false, ...options };
  return { mode: "dev" as const, ...options };
}

/** The API over a fake engine and a memory store that knows the app `shop` with the function `shop-pay`. */
export async function openApi(options: { host?: string } | CloudOptions = {}): Promise<Api> {
  const engine = new FakeEngine();
  const store = new MemoryStore();
  const errors: string[] = [];
  const log: Log = { debug() {}, info() {}, warn() {}, error: (message) => errors.push(message) };
  await store.putApp({ app: appRow(), functions: [functionRow()], now: T0 });
  engine.know(payConfig, "shop", "http://localhost:3000/api/inngest");
  const clock = { now: () => T0, after: () => () => {} };
  const server = createServer({ engine, store, clock, log, ...kindOf(options) });
  const request = async (path: string, init: RequestInit) => {
    const response = await server.fetch(new Request(`http://localhost:8288${path}`, init));
    await contract.check(init.method ?? "GET", `http://localhost:8288${path}`, response);
    return response;
  };
  return {
    engine,
    store,
    errors,
    server,
    get: (path, headers = {}) => request(path, { headers }),
    send(method, path, body, headers = {}) {
      const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
      const type: Record<string, string> = text === undefined ? {} : { "content-type": "application/json" };
      return request(path, {
        method,
        ...(text === undefined ? {} : { body: text }),
        headers: { ...type, ...headers },
      });
    },
  };
}
