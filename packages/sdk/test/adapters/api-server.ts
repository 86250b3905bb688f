import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ApiRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

/** The API as an SDK sees it, on a port of its own. Remembers what it was asked. */
export class ApiServer {
  readonly requests: ApiRequest[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const { method = "", url = "", headers } = req;
      this.requests.push({ method, path: url, headers, body: text === "" ? undefined : JSON.parse(text) });
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify({ ok: true, modified: true }));
    });
  }

  async start(): Promise<string> {
    return listen(this.#server);
  }

  async stop(): Promise<void> {
    await closed(this.#server);
  }
}

/** Starts a server on a free port of the loopback interface and gives its origin. */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
