/*
 * Node's own HTTP client. Its `fetch` takes seven times the processor time for a small request, and one goes with each step.
 */

/** What was asked for: status, and body as text. */
export interface ApiAnswer {
  status: number;
  text: string;
}

export interface PlainRequest {
  method: "GET" | "POST";
  headers: Record<string, string>;
  body: string | undefined;
}

/** What is used of `node:http`, which this package must not import: it runs on other runtimes, too. */
interface HttpModule {
  Agent: new (options: { keepAlive: boolean; maxSockets: number; maxFreeSockets: number }) => object;
  request(url: URL, options: object, onResponse: (response: Incoming) => void): Outgoing;
}

interface Outgoing {
  on(event: "error" | "timeout", listener: (error: Error) => void): unknown;
  destroy(error: Error): unknown;
  end(body: string): unknown;
}

interface Incoming {
  readonly statusCode?: number;
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data" | "end" | "close", listener: (piece: string) => void): unknown;
}

interface Client {
  agent: object;
  http: HttpModule;
}

/** To one server: all are kept open, so that none is opened anew while many steps are saved. */
const CONNECTIONS = 128;
/** As long as `fetch` waits. */
const SILENCE_MS = 300_000;
/** Where a proxy and the like are installed for `fetch`. */
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

const nativeFetch = globalThis.fetch;
const clients = new Map<string, Client | undefined>();

/** Whether this is the `fetch` that Node came with, and does what it does by itself: nobody means requests to go another way. */
function isNodesOwn(fetch: typeof globalThis.fetch | undefined): boolean {
  if ((fetch ?? globalThis.fetch) !== nativeFetch) return false;
  const dispatcher = (globalThis as Record<symbol, object | undefined>)[DISPATCHER];
  return dispatcher === undefined || dispatcher.constructor.name === "Agent";
}

/** Looked up, not imported: packers for other runtimes must not see it. */
function clientFor(protocol: string): Client | undefined {
  if (clients.has(protocol)) return clients.get(protocol);
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const { bun, deno } = (process?.versions ?? {}) as Record<string, string | undefined>;
  const isNode = process?.release?.name === "node" && !bun && !deno && !("WebSocketPair" in globalThis);
  const id = protocol === "https:" ? "node:https" : "node:http";
  const http = (isNode ? process?.getBuiltinModule?.(id) : undefined) as HttpModule | undefined;
  const options = { keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS };
  const client = http && { http, agent: new http.Agent(options) };
  clients.set(protocol, client);
  return client;
}

/**
 * Asks without `fetch`. Undefined where `fetch` is to be used: outside of Node, where the user has another `fetch` or a way of
 * their own for Node's, and where the answer is not plain (a redirect, a connection that broke).
 */
export async function askDirectly(
  url: URL,
  request: PlainRequest,
  fetch: typeof globalThis.fetch | undefined,
): Promise<ApiAnswer | undefined> {
  const client = isNodesOwn(fetch) ? clientFor(url.protocol) : undefined;
  if (!client) return undefined;
  const answer = await exchange(client, url, request).catch(() => undefined);
  return answer && answer.status >= 300 && answer.status < 400 ? undefined : answer;
}

function exchange({ http, agent }: Client, url: URL, request: PlainRequest): Promise<ApiAnswer> {
  const { method, headers, body = "" } = request;
  const length = String(Buffer.byteLength(body));
  const all = body === "" ? headers : { ...headers, "content-length": length };
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers: all, agent, timeout: SILENCE_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      // It broke off.
      response.on("close", () => reject(new Error("the answer broke off")));
    });
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${SILENCE_MS} ms`)));
    sent.end(body);
  });
}
