import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DevServer, type DevServerOptions, startDevServer } from "@stepfast/server";
import type { InngestFunction, Inngest as OurInngest } from "stepfast";
import type { Api } from "./api.ts";
import { Ledger } from "./ledger.ts";
import { quiet } from "./quiet.ts";
import type { Sdk } from "./sdk.ts";

type ClientOptions = ConstructorParameters<typeof OurInngest>[0];

/** Undone in reverse order. */
export class CleanUps {
  readonly #all: (() => unknown)[] = [];

  add(cleanUp: () => unknown): void {
    this.#all.push(cleanUp);
  }

  async run(): Promise<void> {
    for (const cleanUp of this.#all.splice(0).reverse()) await cleanUp();
  }
}

export function temporaryFolder(cleanUps: CleanUps): string {
  const path = mkdtempSync(join(tmpdir(), "stepfast-http-"));
  cleanUps.add(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A development server for tests: failed attempts are repeated at once. */
export function devServer(options: Partial<DevServerOptions> = {}): Promise<DevServer> {
  return startDevServer({
    db: ":memory:",
    port: 0,
    sdkUrls: [],
    discover: false,
    poll: false,
    pollIntervalMs: 20,
    log: quiet,
    ...options,
    tuning: { retryIntervalMs: 5, pollMs: 50, ...options.tuning },
  });
}

/** Starts to listen on a free port of this machine, or on the one given. */
export function listenOn(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

export function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

let apps = 0;

/** A request that an SDK made, and how it was answered. */
export interface Exchange {
  method: string;
  path: string;
  status: number;
}

/** Makes a server, not listening yet, that serves functions at `/api/inngest`. */
export type Builder = (served: {
  client: App["client"];
  functions: InngestFunction[];
}) => Server | Promise<Server>;

/** One app: a client, what its functions noted, and its HTTP server. */
export class App {
  readonly client: InstanceType<Sdk["Inngest"]>;
  readonly sdk: Sdk;
  readonly ledger = new Ledger();
  readonly api: Api;
  /** What its SDK asked of the server. */
  readonly exchanges: Exchange[] = [];
  url = "";
  #server: Server | undefined;
  #port: number;
  readonly #build: Builder;

  constructor(
    sdk: Sdk,
    api: Api,
    options: Partial<ClientOptions> = {},
    port = 0,
    build: Builder = sdk.createServer,
  ) {
    this.#port = port;
    this.#build = build;
    this.sdk = sdk;
    this.api = api;
    apps++;
    const id = `app-${apps}`;
    const recorded = this.#recording(options.fetch ?? fetch);
    this.client = new sdk.Inngest({
      id,
      baseUrl: api.url,
      isDev: true,
      logger: quiet,
      ...options,
      fetch: recorded,
    });
  }

  #recording(ask: typeof fetch): typeof fetch {
    return async (input, init) => {
      const response = await ask(input, init);
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      this.exchanges.push({ method: init?.method ?? "GET", path: pathname, status: response.status });
      return response;
    };
  }

  /** How often its SDK asked for such a path. */
  asked(path: RegExp): number {
    return this.exchanges.filter((exchange) => path.test(exchange.path)).length;
  }

  /** Whether its SDK saves steps with requests to the API, where it saves them while a call goes on. */
  get savesOverApi(): boolean {
    return true;
  }

  get id(): string {
    return this.client.id;
  }

  /** A name of an event that nobody else uses. */
  event(name: string): string {
    return `${this.id}/${name}`;
  }

  /** Serves these functions, on the same port as before if it was up before, without telling the server. */
  async serve(functions: readonly unknown[]): Promise<void> {
    await this.stop();
    const served = { client: this.client, functions: functions as InngestFunction[] };
    this.#server = await this.#build(served);
    this.#port = await listenOn(this.#server, this.#port);
    this.url = `http://127.0.0.1:${this.#port}/api/inngest`;
  }

  /** Makes the app register what it serves. */
  async sync(): Promise<void> {
    const response = await this.put();
    if (!response.ok) throw new Error(`sync: ${response.status} ${await response.text()}`);
  }

  /** The connection is not kept: the app may be another one by the next time. */
  put(): Promise<Response> {
    const headers = { "x-inngest-server-kind": "dev", connection: "close" };
    return fetch(this.url, { method: "PUT", headers });
  }

  async start(functions: readonly unknown[]): Promise<void> {
    await this.serve(functions);
    await this.sync();
  }

  /** Serves on another port from the next time on. */
  move(): void {
    this.#port = 0;
  }

  /** Serves where another app did, which stops. */
  async serveAt(other: App, functions: readonly unknown[]): Promise<void> {
    await other.stop();
    this.#port = other.#port;
    await this.serve(functions);
  }

  /** Connections are cut: whoever waits for an answer gets none. */
  async stop(): Promise<void> {
    if (this.#server) await closed(this.#server);
    this.#server = undefined;
  }

  /** Sends an event of this app's. */
  send(name: string, data: Record<string, unknown> = {}, more: { id?: string; ts?: number } = {}) {
    return this.api.send({ name: this.event(name), data, ...more });
  }
}
