import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tunnel } from "./front-tunnel.ts";

export interface FrontOptions {
  /** Targets are asked at this path whether they are ready; those that are not get nothing. Default: all are. */
  probePath?: string;
  /** How long a target may take to answer. Default: as long as it likes. */
  patienceMs?: number;
}

const PROBE_INTERVAL_MS = 200;
/** A target that has not answered by then gets nothing until it does. */
const SILENCE_MS = 500;
/** A machine with much else to do makes answers late: they count all the same. */
const PROBE_PATIENCE_MS = 10_000;

/** A load balancer on loopback: one address for many servers, each of which may be gone. */
export class Front {
  readonly #options: FrontOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #targets = new Set<string>();
  readonly #ready = new Set<string>();
  /** Why a target is not ready. */
  readonly #reasons = new Map<string, string>();
  /** Probes under way, by target. */
  readonly #probes = new Map<string, Promise<void>>();
  readonly #tunnels = new Set<Socket>();
  #turn = 0;
  #probing: NodeJS.Timeout | undefined;

  private constructor(options: FrontOptions) {
    this.#options = options;
    this.#server = createServer((incoming, answer) => void this.#pass(incoming, answer));
    // A connection that is closed just as somebody uses it again would be a fault that nobody ordered.
    this.#server.keepAliveTimeout = 0;
    this.#server.on("upgrade", (incoming, socket: Socket, head) => {
      this.#tunnels.add(socket);
      socket.once("close", () => this.#tunnels.delete(socket));
      tunnel(incoming, socket, head, this.#inTurn());
    });
  }

  static async start(options: FrontOptions = {}): Promise<Front> {
    const front = new Front(options);
    front.#server.listen(0, "127.0.0.1");
    await once(front.#server, "listening");
    if (options.probePath !== undefined)
      front.#probing = setInterval(() => void front.probe(), PROBE_INTERVAL_MS);
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(url: string): void {
    this.#targets.add(url);
    if (this.#options.probePath === undefined) this.#ready.add(url);
  }

  remove(url: string): void {
    this.#targets.delete(url);
    this.#ready.delete(url);
    this.#reasons.delete(url);
  }

  /** Resolves with the number of targets that are ready. */
  async probe(): Promise<number> {
    await Promise.all([...this.#targets].map((url) => this.#probe(url)));
    return this.#ready.size;
  }

  /** What is in the way, by target. */
  get reasons(): string {
    return JSON.stringify(Object.fromEntries(this.#reasons));
  }

  #probe(url: string): Promise<void> {
    const known = this.#probes.get(url);
    if (known !== undefined) return known;
    const probe = this.#ask(url).finally(() => this.#probes.delete(url));
    this.#probes.set(url, probe);
    return probe;
  }

  async #ask(url: string): Promise<void> {
    const silence = setTimeout(() => this.#ready.delete(url), SILENCE_MS);
    const reason = await reasonAgainst(url + (this.#options.probePath ?? ""));
    clearTimeout(silence);
    if (reason === undefined && this.#targets.has(url)) this.#ready.add(url);
    else this.#ready.delete(url);
    if (reason === undefined || !this.#targets.has(url)) this.#reasons.delete(url);
    else this.#reasons.set(url, reason);
  }

  async close(): Promise<void> {
    clearInterval(this.#probing);
    this.#agent.destroy();
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    incoming.on("error", () => {});
    answer.on("error", () => {});
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    for (const target of this.#inTurn())
      if (await this.#hasPassed({ incoming, body, answer }, target)) return;
    refuse(answer, 503, "nobody is ready");
  }

  #inTurn(): string[] {
    const ready = [...this.#ready];
    const first = ready.length === 0 ? 0 : this.#turn++ % ready.length;
    return [...ready.slice(first), ...ready.slice(0, first)];
  }

  /** Resolves with false if the target took no connection: then another one may have the request. */
  #hasPassed(
    { incoming, body, answer }: { incoming: IncomingMessage; body: Buffer; answer: ServerResponse },
    target: string,
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const { method, url = "/", headers } = incoming;
      const out = request(new URL(url, target), { method, headers, agent: this.#agent });
      if (this.#options.patienceMs !== undefined)
        out.setTimeout(this.#options.patienceMs, () => out.destroy(new Error("it takes too long")));
      out.once("response", (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.on("error", () => answer.destroy());
        reply.pipe(answer);
        resolve(true);
      });
      out.on("error", (error: NodeJS.ErrnoException) => {
        const isRefused = error.code === "ECONNREFUSED";
        if (!isRefused) refuse(answer, 502, error.message);
        resolve(!isRefused);
      });
      answer.once("close", () => out.destroy());
      out.end(body);
    });
  }
}

async function reasonAgainst(probe: string): Promise<string | undefined> {
  try {
    const answer = await fetch(probe, { signal: AbortSignal.timeout(PROBE_PATIENCE_MS) });
    const text = await answer.text();
    return answer.ok ? undefined : text;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause === undefined ? String(error) : `${String(error)} (${String(cause)})`;
  }
}

function refuse(answer: ServerResponse, status: number, reason: string): void {
  if (answer.headersSent) answer.destroy();
  else
    answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: reason }));
}
