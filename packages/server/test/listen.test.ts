import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Listener, type ListenOptions, listen } from "../src/listen.ts";
import { openApi } from "./api-fixture.ts";

const listeners: Listener[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

async function open(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({ fetch: async () => new Response("hello"), port: 0, ...options });
  listeners.push(listener);
  return listener;
}

describe("listen", () => {
  test("serves on this machine only, at the address it names", async () => {
    const listener = await open();
    expect(listener.url).toBe(`http://127.0.0.1:${listener.port}`);
    expect(await (await fetch(listener.url)).text()).toBe("hello");
  });

  test("names a wildcard address by a name that can be called", async () => {
    const listener = await open({ host: "0.0.0.0" });
    expect(listener.url).toBe(`http://localhost:${listener.port}`);
    expect((await fetch(listener.url)).status).toBe(200);
  });

  test("a taken port is an error, or the next one is taken", async () => {
    const { port } = await open();
    await expect(open({ port })).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringContaining(String(port)),
    });
    const next = await open({ port, tries: 20 });
    expect(next.port).toBeGreaterThan(port);
    expect(next.port).toBeLessThanOrEqual(port + 20);
  });

  test("an address that is not this machine's is an error", async () => {
    await expect(open({ host: "203.0.113.7" })).rejects.toThrow("EADDRNOTAVAIL");
  });

  test("closing lets a request under way finish, keeps no idle connection, and takes no more", async () => {
    let finish: () => void = () => {};
    let arrived: () => void = () => {};
    const arriving = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const listener = await open({
      fetch: () => {
        arrived();
        return new Promise((resolve) => {
          finish = () => resolve(new Response("done"));
        });
      },
    });
    const answer = fetch(listener.url);
    await arriving;
    const closed = listener.close();
    const begunAt = performance.now();
    finish();
    expect(await (await answer).text()).toBe("done");
    await closed;
    // Far less than any client keeps a connection.
    expect(performance.now() - begunAt).toBeLessThan(2000);
    await expect(fetch(listener.url)).rejects.toThrow();
  });

  test("closing does not wait for a connection on which nothing was asked yet", async () => {
    const listener = await open();
    const [silent, other] = [connect(listener.port, "127.0.0.1"), connect(listener.port, "127.0.0.1")];
    await Promise.all([once(silent, "connect"), once(other, "connect")]);
    other.write("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    await once(other.resume(), "close");
    // tidy: allow nothing waits for it: the grace is never over
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      await listener.close();
    } finally {
      vi.useRealTimers();
    }
    silent.destroy();
  });

  test("closing twice is closing", async () => {
    const listener = await open();
    await Promise.all([listener.close(), listener.close()]);
  });
});

describe("over a socket", () => {
  async function openServer() {
    const api = await openApi();
    return { api, listener: await open({ fetch: api.server.fetch }) };
  }

  test("a body that is announced as too large is refused before it is sent", async () => {
    const { listener, api } = await openServer();
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": String(65 * 1024 * 1024) };
      const sent = request(`${listener.url}/e/k`, { method: "POST", headers }, (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => {
          sent.destroy();
          resolve({ status: response.statusCode, body });
        });
      });
      sent.on("error", reject);
      sent.write("{");
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "body_too_large", ids: [] });
    expect(api.engine.sent).toEqual([]);
  });

  test("the Host header is what counts", async () => {
    const { listener } = await openServer();
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      const socket = connect(listener.port, "127.0.0.1", () => {
        socket.write("GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
      });
      socket.on("data", (chunk) => {
        received += chunk;
      });
      socket.on("end", () => resolve(received));
      socket.on("error", reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).toContain('"code":"forbidden"');
  });

  test("an absolute request target does not stand in for it", async () => {
    const { listener } = await openServer();
    const text = await new Promise<string>((resolve, reject) => {
      let received = "";
      const socket = connect(listener.port, "127.0.0.1", () => {
        socket.write(
          "GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        );
      });
      socket.on("data", (chunk) => {
        received += chunk;
      });
      socket.on("end", () => resolve(received));
      socket.on("error", reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 40[03] /);
  });

  test("a body that breaks off takes nothing", async () => {
    const { listener, api } = await openServer();
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "application/json", "content-length": "1000" };
      const sent = request(`${listener.url}/e/k`, { method: "POST", headers });
      sent.on("error", () => {});
      sent.on("close", () => resolve());
      sent.write('{"name":"a"}', () => sent.destroy());
    });
    expect((await fetch(`${listener.url}/health`)).status).toBe(200);
    expect(api.engine.sent).toEqual([]);
  });
});
