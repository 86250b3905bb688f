import { connect } from "node:net";
import { isSdkResponse } from "./sync.ts";

/** Ports that development servers commonly listen on. */
export const commonPorts = [
  3000, 3001, 3002, 3003, 3004, 3005, 3010, 3030, 3333, 4000, 4200, 4321, 5000, 5173, 8000, 8080, 8787, 8888,
  9000,
];

/** Paths that frameworks commonly serve functions at. */
export const commonPaths = [
  "/api/inngest",
  "/x/inngest",
  "/.netlify/functions/inngest",
  "/.redwood/functions/inngest",
];

export interface SearchScope {
  /** Default: {@link commonPorts}. */
  ports?: readonly number[];
  /** Default: {@link commonPaths}. */
  paths?: readonly string[];
}

const CONNECT_TIMEOUT_MS = 300;
const PROBE_TIMEOUT_MS = 2_000;
const MAX_ROUNDS_SKIPPED = 12;

/** Whether something listens on the port of this machine. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "localhost", timeout: CONNECT_TIMEOUT_MS });
    const settle = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", settle(true)).once("error", settle(false)).once("timeout", settle(false));
  });
}

async function servesFunctions(url: string, stopped: AbortSignal): Promise<boolean> {
  try {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const response = await fetch(url, { redirect: "manual", signal });
    await response.body?.cancel();
    return isSdkResponse(response);
  } catch {
    return false;
  }
}

/** How often a port was found to serve something else, and for how many rounds it is left alone. */
interface Stranger {
  times: number;
  skip: number;
}

/**
 * Looks for apps on this machine: on few ports, at few paths, by nothing but the loopback address. A port that serves
 * something else is asked less and less, so that its log stays readable.
 */
export class AppFinder {
  readonly #ports: readonly number[];
  readonly #paths: readonly string[];
  readonly #strangers = new Map<number, Stranger>();

  constructor(scope: SearchScope) {
    this.#ports = scope.ports ?? commonPorts;
    this.#paths = scope.paths ?? commonPaths;
  }

  /** The serve URLs found in one round, one a port. */
  async find(except: ReadonlySet<number>, stopped: AbortSignal): Promise<string[]> {
    const ports = this.#ports.filter((port) => !except.has(port));
    const found = await Promise.all(ports.map((port) => this.#probe(port, stopped)));
    return found.filter((url) => url !== undefined);
  }

  #isSkipped(port: number): boolean {
    const stranger = this.#strangers.get(port);
    if (!stranger || stranger.skip === 0) return false;
    stranger.skip--;
    return true;
  }

  async #probe(port: number, stopped: AbortSignal): Promise<string | undefined> {
    if (!(await isOpen(port))) {
      this.#strangers.delete(port);
      return undefined;
    }
    if (this.#isSkipped(port)) return undefined;
    for (const path of this.#paths) {
      const url = `http://localhost:${port}${path}`;
      if (await servesFunctions(url, stopped)) return url;
    }
    const times = (this.#strangers.get(port)?.times ?? 0) + 1;
    this.#strangers.set(port, { times, skip: Math.min(2 ** (times - 1) - 1, MAX_ROUNDS_SKIPPED) });
    return undefined;
  }
}
