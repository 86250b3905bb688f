import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { EventKeys } from "../src/auth/event-keys.ts";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { type Listener, listen } from "../src/listen.ts";
import { type Api, openApi } from "./api-fixture.ts";
import { until } from "./patience.ts";
import { productionNode, signingKey, withKey } from "./production-node.ts";
import { eventRow, runRow } from "./rows.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const keys = { event: new EventKeys([]), signing: new SigningKeys({ signingKey }) };

async function served(options: Parameters<typeof openApi>[0] = { keys }): Promise<Api & { url: string }> {
  const api = await openApi(options);
  const listener: Listener = await listen({ fetch: api.server.fetch, upgrade: api.server.upgrade, port: 0 });
  closers.push(async () => {
    api.server.close();
    await listener.close();
  });
  return { ...api, url: listener.url };
}

interface Received {
  kind: string;
  channel?: string;
  topic?: string;
  data: unknown;
  stream_id?: string;
}

async function tokenFor(url: string, topics: string[], channel = "chat"): Promise<string> {
  const body = JSON.stringify(topics.map((name) => ({ channel, name, kind: "run" })));
  const response = await fetch(`${url}/v1/realtime/token`, { method: "POST", headers: withKey, body });
  expect(response.status).toBe(201);
  return ((await response.json()) as { jwt: string }).jwt;
}

function publish(url: string, query: string, body: string, headers: Record<string, string> = withKey) {
  return fetch(`${url}/v1/realtime/publish?${query}`, { method: "POST", headers, body });
}

/** A subscriber over WebSocket that has connected. */
async function listener(url: string, token: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/realtime/connect?token=${token}`);
  const received: Received[] = [];
  socket.on("message", (data) => received.push(JSON.parse(String(data))));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  closers.push(async () => socket.terminate());
  return { socket, received };
}

/** The status that an upgrade is refused with, and the error's code. */
function refusal(url: string, path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${url.replace("http", "ws")}${path}`, { headers });
  socket.on("error", () => {});
  return new Promise<{ status: number | undefined; code: string }>((resolve) => {
    socket.on("unexpected-response", (_request, response) => {
      let text = "";
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode, code: JSON.parse(text).code }));
    });
  });
}

/** The text of a stream of events, as it grows. */
function reader(response: Response) {
  const seen = { text: "", ended: false };
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      seen.text += decoder.decode(part, { stream: true });
    }
  };
  read()
    .catch(() => {})
    .finally(() => {
      seen.ended = true;
    });
  return seen;
}

describe("a subscription over WebSocket", () => {
  test("hears what is published to its topics of its channel, and nothing else", async () => {
    const { url } = await served();
    const { received } = await listener(url, await tokenFor(url, ["a", "b"]));
    await publish(url, "channel=chat&topic=other", "0");
    await publish(url, "channel=elsewhere&topic=a", "1");
    await publish(url, "channel=chat&topic=a&run_id=RUN", '{"x":[1]}');
    await publish(url, "channel=chat&topic=a&topic=b", "2");
    await until(() => received.length === 3);
    expect(received).toEqual([
      {
        kind: "data",
        channel: "chat",
        topic: "a",
        run_id: "RUN",
        data: { x: [1] },
        created_at: expect.any(String),
      },
      { kind: "data", channel: "chat", topic: "a", data: 2, created_at: expect.any(String) },
      { kind: "data", channel: "chat", topic: "b", data: 2, created_at: expect.any(String) },
    ]);
  });

  test("takes a text that is no JSON for a text", async () => {
    const { url } = await served();
    const { received } = await listener(url, await tokenFor(url, ["a"]));
    await publish(url, "channel=chat&topic=a", "plain words");
    await until(() => received.length === 1);
    expect(received[0]?.data).toBe("plain words");
  });

  test("may add topics with another token, and leave some", async () => {
    const { url } = await served();
    const { socket, received } = await listener(url, await tokenFor(url, ["a"]));
    socket.send("no json");
    socket.send(JSON.stringify({ kind: "sub", data: "no.such.token" }));
    socket.send(JSON.stringify({ kind: "sub", data: await tokenFor(url, ["n"], "news") }));
    await until(async () => {
      await publish(url, "channel=news&topic=n", "1");
      return received.length > 0;
    });
    socket.send(JSON.stringify({ kind: "unsub", data: [{ channel: "news", name: "n" }] }));
    await until(async () => {
      received.length = 0;
      await publish(url, "channel=news&topic=n", "2");
      await publish(url, "channel=chat&topic=a", "3");
      await until(() => received.some(({ data }) => data === 3));
      return received.every(({ data }) => data !== 2);
    });
  });

  test("is told when the server closes", async () => {
    const { url, server } = await served();
    const { socket, received } = await listener(url, await tokenFor(url, ["a"]));
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    server.close();
    expect(await closed).toBe(1001);
    expect(received).toEqual([{ kind: "closing", data: null }]);
  });

  test("hears how a run ended on the channel that bears its id, also when it comes late", async () => {
    const runId = "01J00000000000000000000000";
    const { url, store, engine } = await served();
    const run = runRow({ id: runId, eventId: "EVENT", owner: "NODE" });
    await store.heartbeat({ owner: "NODE", now: 1, until: 1e15 });
    await store.commit({ events: [eventRow({ id: "EVENT" })], newRuns: [run] });
    const token = await tokenFor(url, ["$run"], runId);
    const early = await listener(url, token);
    const end = { id: runId, status: "completed" as const, endedAt: 5, output: '{"ok":1}', owner: null };
    await store.commit({ runs: [end] });
    for (const tell of engine.endListeners) tell(runId);
    await until(() => early.received.length === 1);
    const late = await listener(url, token);
    await until(() => late.received.length === 1);
    for (const { received } of [early, late]) {
      expect(received).toMatchObject([
        {
          kind: "run",
          topic: "$run",
          run_id: runId,
          fn_id: "shop-pay",
          data: { status: "completed", result: { ok: 1 } },
        },
      ]);
    }
  });
});

describe("who may connect", () => {
  test("needs a token that this installation made, for a subscription", async () => {
    const { url, server } = await served();
    const path = "/v1/realtime/connect";
    const output = await server.realtime.tokens.forOutput("RUN");
    const forged = `${(await tokenFor(url, ["a"])).slice(0, -4)}AAAA`;
    for (const token of ["", "x", forged, output]) {
      expect(await refusal(url, `${path}?token=${token}`)).toEqual({ status: 401, code: "unauthorized" });
      expect((await fetch(`${url}/v1/realtime/sse?token=${token}`)).status).toBe(401);
    }
    expect((await fetch(`${url}${path}`, { headers: withKey })).status).toBe(400);
    expect(await refusal(url, "/v1/elsewhere")).toEqual({ status: 404, code: "not_found" });
  });

  test("gets in with a minute-old token no more", async () => {
    const api = await openApi({ keys });
    const { tokens } = api.server.realtime;
    const token = await tokens.forTopics([{ channel: "c", name: "t" }]);
    expect((await tokens.grant(token)).topics).toEqual([{ channel: "c", name: "t" }]);
    const now = api.server.realtime.clock.now();
    vi.spyOn(api.server.realtime.clock, "now").mockReturnValue(now + 60_000);
    await expect(tokens.grant(token)).rejects.toThrow("expired");
  });

  test("must come by a name of this machine, where it is a development server", async () => {
    const { url, server } = await served({});
    const token = await server.realtime.tokens.forTopics([{ channel: "c", name: "t" }]);
    const path = `/v1/realtime/connect?token=${token}`;
    expect(await refusal(url, path, { host: "evil.example" })).toEqual({ status: 403, code: "forbidden" });
    await listener(url, token);
  });

  test("publishes and asks for tokens with the signing key only", async () => {
    const { url } = await served();
    const bare = { "content-type": "application/json" };
    for (const path of ["token", "publish?channel=c&topic=t", "publish/tee?channel=c", "relay"]) {
      const response = await fetch(`${url}/v1/realtime/${path}`, {
        method: "POST",
        headers: bare,
        body: "[]",
      });
      expect([path, response.status]).toEqual([path, 401]);
    }
    const relayed = await fetch(`${url}/v1/realtime/relay`, { method: "POST", headers: withKey, body: "[]" });
    expect(relayed.status).toBe(401);
  });
});

describe("what cannot be published", () => {
  const long = "x".repeat(513);

  test.each([
    ["topic=a", "1", 400],
    ["channel=c", "1", 400],
    ["channel=&topic=a", "1", 400],
    [`channel=${long}&topic=a`, "1", 400],
    [`channel=c&topic=${long}`, "1", 400],
    [`channel=c${"&topic=t".repeat(101)}`, "1", 400],
    ["channel=c&topic=a", JSON.stringify("x".repeat(512 * 1024)), 413],
  ])("%.40s", async (query, body, status) => {
    const api = await openApi({ keys });
    const response = await api.send("POST", `/v1/realtime/publish?${query}`, body, withKey);
    expect(response.status).toBe(status);
  });

  test.each([["[]"], ["{}"], ['[{"channel":"c"}]'], ['[{"channel":"","name":"n"}]'], ["nope"]])(
    "a token for %s",
    async (body) => {
      const api = await openApi({ keys });
      expect((await api.send("POST", "/v1/realtime/token", body, withKey)).status).toBe(400);
    },
  );
});

describe("a stream", () => {
  const asStream = { ...withKey, "content-type": "text/stream" };

  test("is a start, chunks of at most 1 KiB with no character cut, and an end", async () => {
    const { url } = await served();
    const { received } = await listener(url, await tokenFor(url, ["a"]));
    const text = "é".repeat(1_500);
    expect((await publish(url, "channel=chat&topic=a", text, asStream)).status).toBe(200);
    await until(() => received.at(-1)?.kind === "datastream-end");
    const [start, ...rest] = received;
    const chunks = rest.slice(0, -1);
    expect(start).toMatchObject({ kind: "datastream-start", data: expect.any(String) });
    expect(received.at(-1)?.data).toBe(start?.data);
    expect(chunks.every(({ kind, stream_id }) => kind === "chunk" && stream_id === start?.data)).toBe(true);
    expect(chunks.every(({ data }) => Buffer.byteLength(String(data)) <= 1024)).toBe(true);
    expect(chunks.map(({ data }) => data).join("")).toBe(text);
  });

  test("over 1,000 chunks ends there, and its publisher is told", async () => {
    const { url } = await served();
    const { received } = await listener(url, await tokenFor(url, ["a"]));
    const response = await publish(url, "channel=chat&topic=a", "x".repeat(1024 * 1001), asStream);
    expect(response.status).toBe(413);
    await until(() => received.at(-1)?.kind === "datastream-end");
    expect(received.filter(({ kind }) => kind === "chunk")).toHaveLength(1_000);
  });
});

describe("server-sent events", () => {
  test("carry the same messages, to pages of any origin", async () => {
    const { url } = await served();
    const response = await fetch(`${url}/v1/realtime/sse?token=${await tokenFor(url, ["a"])}`);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const seen = reader(response);
    await publish(url, "channel=chat&topic=a", '{"n":1}');
    await until(() => seen.text.includes('"n":1'));
    const event = seen.text.split("\n\n").find((part) => part.startsWith("data: "));
    expect(JSON.parse(event?.slice(6) ?? "")).toMatchObject({ kind: "data", topic: "a", data: { n: 1 } });
  });

  test("end when their reader goes, and with the server", async () => {
    const { url, server } = await served();
    const token = await tokenFor(url, ["a"]);
    const gone = await fetch(`${url}/v1/realtime/sse?token=${token}`);
    await gone.body?.cancel();
    const seen = reader(await fetch(`${url}/v1/realtime/sse?token=${token}`));
    server.close();
    await until(() => seen.ended);
  });
});

test("a subscriber that does not read is cut off, and costs the others nothing", async () => {
  const { url } = await served();
  const token = await tokenFor(url, ["a"]);
  const slow = await listener(url, token);
  slow.socket.pause();
  const quick = await listener(url, token);
  const body = JSON.stringify("x".repeat(500 * 1024));
  let sent = 0;
  const closed = new Promise((resolve) => slow.socket.once("close", resolve));
  // What the two ends of a connection hold for themselves comes on top.
  for (; sent < 60; sent++) await publish(url, "channel=chat&topic=a", body);
  await until(() => quick.received.length === sent);
  slow.socket.resume();
  await closed;
  expect(slow.received.length).toBeLessThan(sent);
});

test("a token outlives a restart of the server that made it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-realtime-"));
  closers.push(async () => rmSync(folder, { recursive: true, force: true }));
  const options = { db: join(folder, "app.db") };
  const first = await productionNode(options);
  const token = await tokenFor(first.url, ["a"]);
  await first.close({ drainMs: 0 });
  const second = await productionNode(options);
  closers.push(() => second.close({ drainMs: 0 }));
  const { received } = await listener(second.url, token);
  await publish(second.url, "channel=chat&topic=a", "1");
  await until(() => received.length === 1);
});

describe("several nodes", () => {
  test("what is published on one reaches the subscribers of another, and each verifies the other's tokens", async () => {
    const store = new SharedMemoryStore();
    const first = await productionNode({ store });
    const second = await productionNode({ store });
    closers.push(async () => {
      for (const node of [first, second]) await node.close({ drainMs: 0 });
    });
    await until(() => first.engine.peers().length === 1 && second.engine.peers().length === 1);
    const token = await tokenFor(first.url, ["a"]);
    const there = await listener(second.url, token);
    const here = await listener(first.url, token);
    for (let n = 0; n < 20; n++) await publish(first.url, "channel=chat&topic=a", String(n));
    const all = Array.from({ length: 20 }, (_, n) => n);
    for (const { received } of [here, there]) {
      await until(() => received.length >= 20);
      expect(received.map(({ data }) => data)).toEqual(all);
    }
  });

  test("a node that is gone costs the publisher nothing", async () => {
    const { url, engine } = await served();
    const gone = await listen({ fetch: async () => new Response(), port: 0 });
    await gone.close();
    engine.peerUrls = [gone.url];
    const { received } = await listener(url, await tokenFor(url, ["a"]));
    expect((await publish(url, "channel=chat&topic=a", "1")).status).toBe(200);
    await until(() => received.length === 1);
  });
});
