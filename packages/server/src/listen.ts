import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { StepfastError } from "@stepfast/protocol";
import type { UpgradeHandler } from "./http/upgrade.ts";

export interface ListenOptions {
  fetch: (request: Request) => Promise<Response>;
  /** Requests for another protocol, such as WebSocket. Left out: there is none. */
  upgrade?: UpgradeHandler;
  /** 0: any free port. */
  port: number;
  /** Default 127.0.0.1: within reach of this machine only. */
  host?: string;
  /** Take the next free port, up to this many further, where the port is taken. Default 0. */
  tries?: number;
}

export interface Listener {
  /** E.g. `http://127.0.0.1:8288`. */
  url: string;
  port: number;
  /** Stops taking connections and waits for requests under way, for five seconds at most. */
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 15_000;
/**
 * A connection without a request. Longer than load balancers usually keep one (60 s), and than the process may be busy with a
 * large value: who sends on a connection that is being closed gets an error instead of an answer.
 */
const KEEP_ALIVE_MS = 75_000;
const CLOSE_GRACE_MS = 5_000;
/** A body may be a stream of a function that works as long as this. */
const REQUEST_TIMEOUT_MS = 15 * 60_000;
const LAST_PORT = 65_535;

export function bind(server: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

export function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EADDRINUSE";
}

async function bindFirstFree(server: HttpServer, options: ListenOptions, host: string): Promise<void> {
  const last = Math.min(options.port + (options.tries ?? 0), LAST_PORT);
  for (let port = options.port; ; port++) {
    try {
      return await bind(server, port, host);
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (port >= last) {
        throw new StepfastError(
          "port_in_use",
          `Port ${options.port} on ${host} is taken: choose another one`,
          { cause: error },
        );
      }
    }
  }
}

function urlOf(address: AddressInfo): string {
  const isWildcard = address.address === "0.0.0.0" || address.address === "::";
  const name = isWildcard
    ? "localhost"
    : address.family === "IPv6"
      ? `[${address.address}]`
      : address.address;
  return `http://${name}:${address.port}`;
}

/** Ends connections as they fall idle: a client would keep them open for seconds more. */
function closeWhenIdle(server: HttpServer): void {
  server.on("request", (_request, response) => {
    response.once("close", () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
}

/** Connections on which nothing was asked yet: clients open some ahead, and to Node they are not idle. */
function silentConnections(server: HttpServer): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  const heard = ({ socket }: IncomingMessage) => void silent.delete(socket);
  server.on("connection", (socket) => {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  server.on("request", heard);
  server.on("upgrade", heard);
  return silent;
}

function shut(server: HttpServer, silent: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    // An error only says that it is closed already.
    server.close(() => {
      clearTimeout(giveUp);
      resolve();
    });
    server.closeIdleConnections();
    for (const socket of silent) socket.destroy();
  });
}

/** Serves `fetch` over HTTP. Throws `port_in_use`. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const host = options.host ?? "127.0.0.1";
  const server = createAdaptorServer({
    fetch: options.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
  }) as HttpServer;
  closeWhenIdle(server);
  const silent = silentConnections(server);
  if (options.upgrade) server.on("upgrade", options.upgrade);
  await bindFirstFree(server, options, host);
  const address = server.address() as AddressInfo;
  return { url: urlOf(address), port: address.port, close: () => shut(server, silent) };
}
