import { createServer, type RequestListener } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { askDirectly } from "../../src/serve/node-http.ts";
import { closed, listen } from "../adapters/api-server.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function served(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  cleanUps.push(() => closed(server));
  return new URL("/v1/x?a=1", await listen(server));
}

const post = { method: "POST" as const, headers: { "content-type": "application/json" }, body: '"schön"' };

describe("asking without fetch", () => {
  it("sends what it is given and reads the answer, over one connection", async () => {
    const seen: object[] = [];
    const ports = new Set<number | undefined>();
    const url = await served(async (request, response) => {
      let text = "";
      for await (const piece of request.setEncoding("utf8")) text += piece;
      const { method, url: path, headers, socket } = request;
      seen.push({ method, path, text, type: headers["content-type"], length: headers["content-length"] });
      ports.add(socket.remotePort);
      response.writeHead(418).end("é".repeat(100_000));
    });
    for (let i = 0; i < 3; i++) {
      expect(await askDirectly(url, post, undefined)).toEqual({ status: 418, text: "é".repeat(100_000) });
    }
    const sent = {
      method: "POST",
      path: "/v1/x?a=1",
      text: '"schön"',
      type: "application/json",
      length: "8",
    };
    expect(seen).toEqual([sent, sent, sent]);
    expect(ports.size).toBe(1);
  });

  it.each<[string, RequestListener]>([
    ["is a redirect", (_, response) => response.writeHead(307, { location: "/" }).end()],
    ["never comes", (request) => request.socket.destroy()],
    [
      "breaks off",
      (request, response) => {
        response.writeHead(200, { "content-length": "10" }).write("half");
        setImmediate(() => request.socket.destroy());
      },
    ],
  ])("leaves it to fetch where the answer %s", async (_what, listener) => {
    expect(await askDirectly(await served(listener), post, undefined)).toBeUndefined();
  });

  it("leaves it to fetch where nobody listens", async () => {
    const server = createServer();
    const url = new URL(await listen(server));
    await closed(server);
    expect(await askDirectly(url, post, undefined)).toBeUndefined();
  });

  describe("does not do what somebody means to go another way:", () => {
    const untouched = () => served((_, response) => response.end("reached"));

    it("the client has a fetch of its own", async () => {
      expect(await askDirectly(await untouched(), post, async () => new Response())).toBeUndefined();
    });

    it("the runtime was given another fetch", async () => {
      vi.stubGlobal("fetch", async () => new Response());
      expect(await askDirectly(await untouched(), post, undefined)).toBeUndefined();
    });

    it("fetch was given a proxy or the like", async () => {
      const slot = Symbol.for("undici.globalDispatcher.1");
      const all = globalThis as Record<symbol, unknown>;
      const before = all[slot];
      class ProxyAgent {}
      all[slot] = new ProxyAgent();
      cleanUps.push(() => {
        all[slot] = before;
      });
      expect(await askDirectly(await untouched(), post, undefined)).toBeUndefined();
    });
  });
});
