import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryStore } from "@stepfast/store/memory";
import { afterEach, describe, expect, test } from "vitest";
import {
  type ProductionOptions,
  type ProductionServer,
  startProductionServer,
} from "../src/production-server.ts";
import { Readiness } from "../src/readiness.ts";
import { reply, startSdkStub } from "./sdk-stub.ts";

const signingKey = "0a".repeat(16);
const eventKey = "an-event-key-of-some-length";

const servers: ProductionServer[] = [];
const cleanUps: (() => void)[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close({ drainMs: 0 });
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

let warnings: string[] = [];

async function start(over: Partial<ProductionOptions> = {}): Promise<ProductionServer> {
  warnings = [];
  const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text), error() {} };
  const keys = { eventKeys: [eventKey], signingKey };
  const server = await startProductionServer({
    db: ":memory:",
    port: 0,
    sdkUrls: [],
    pollIntervalMs: 0,
    // The apps of these tests are no SDKs: they sign nothing.
    allowUnsignedAnswers: true,
    log,
    ...keys,
    ...over,
  });
  servers.push(server);
  return server;
}

const withKey = { headers: { authorization: `Bearer ${signingKey}` } };

describe("reach", () => {
  const noKeys = { eventKeys: [], signingKey: undefined };

  test.each([
    ["without keys", noKeys],
    ["without an event key", { eventKeys: [] }],
    ["without a signing key", { signingKey: undefined }],
  ])("%s it does not listen beyond this machine", async (_what, keys) => {
    for (const host of ["0.0.0.0", "::", "10.0.0.5", "jobs.example.com"]) {
      await expect(start({ ...keys, host })).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringContaining(host),
      });
    }
  });

  test("with keys it does", async () => {
    const server = await start({ host: "0.0.0.0" });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test.each(["127.0.0.1", "localhost"])("without keys it serves on %s, and is closed", async (host) => {
    const server = await start({ ...noKeys, host });
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect((await fetch(`${server.url}/v2/runs`)).status).toBe(401);
    expect((await fetch(`${server.url}/e/any`, { method: "POST", body: '{"name":"a"}' })).status).toBe(401);
  });

  test("a fallback key alone, or no hexadecimal, is refused", async () => {
    const refused = { code: "invalid_config" };
    await expect(start({ signingKey: undefined, signingKeyFallback: signingKey })).rejects.toMatchObject(
      refused,
    );
    await expect(start({ signingKey: "secret" })).rejects.toMatchObject(refused);
  });

  test("a short key is warned of, without telling it", async () => {
    await start({ signingKey: "0abc" });
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain("0abc");
    await start();
    expect(warnings).toEqual([]);
  });
});

test("takes events, counts them, and tells nothing of its keys", async () => {
  const server = await start();
  const sent = await fetch(`${server.url}/e/${eventKey}`, {
    method: "POST",
    body: '{"name":"order/placed"}',
  });
  expect(sent.status).toBe(200);
  const metrics = await (await fetch(`${server.url}/metrics`, withKey)).text();
  expect(metrics).toContain("\nstepfast_events_total 1\n");
  const dev = await (await fetch(`${server.url}/dev`, withKey)).text();
  expect(dev).not.toContain(signingKey);
  expect(dev).not.toContain(eventKey);
});

test("a taken port is an error, and frees the database", async () => {
  const path = mkdtempSync(join(tmpdir(), "stepfast-server-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  const db = join(path, "a.db");
  const { port } = await start();
  await expect(start({ port, db })).rejects.toMatchObject({ code: "port_in_use" });
  const server = await start({ db });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});

test("is closed for good once it is closed", async () => {
  const server = await start();
  await server.close();
  await server.close();
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
});

test("where the store is away at the end, all is closed nevertheless, and the error is told", async () => {
  const path = mkdtempSync(join(tmpdir(), "stepfast-server-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  const db = join(path, "a.db");
  const server = await start({ db });
  const { engine } = server;
  const close = engine.close.bind(engine);
  let asked = 0;
  engine.close = async (drain) => {
    await close(drain);
    asked += 1;
    if (asked === 1) throw new Error("the store is away");
  };
  await expect(server.close({ drainMs: 0 })).rejects.toThrow("the store is away");
  await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
  // Nor is the database held any longer.
  await start({ db });
});

test("a call under way ends well while nothing new is taken", async () => {
  let answer: () => void = () => {};
  let arrived: () => void = () => {};
  const called = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const app = await startSdkStub((_request, response) => {
    answer = () => reply(response, 200, { paid: true });
    arrived();
  });
  cleanUps.push(() => void app.close());
  const path = mkdtempSync(join(tmpdir(), "stepfast-server-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  const server = await start({ db: join(path, "a.db") });
  const step = {
    id: "step",
    name: "step",
    runtime: { type: "http", url: `${app.url}?fnId=shop-pay&stepId=step` },
  };
  const pay = { id: "shop-pay", name: "Pay", triggers: [{ event: "order/placed" }], steps: { step } };
  const register = {
    url: app.url,
    appName: "shop",
    functions: [pay],
    sdk: "js:v1",
    v: "0.1",
    deployType: "ping",
  };
  const json = { ...withKey.headers, "content-type": "application/json" };
  const send = () =>
    fetch(`${server.url}/e/${eventKey}`, { method: "POST", body: '{"name":"order/placed"}' });
  const registered = await fetch(`${server.url}/fn/register`, {
    method: "POST",
    headers: json,
    body: JSON.stringify(register),
  });
  expect(registered.status).toBe(200);
  expect((await send()).status).toBe(200);
  await called;
  const closed = server.close();
  const ready = await fetch(`${server.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: "not_ready", reason: "draining" }]);
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  expect((await send()).status).toBe(503);
  answer();
  await closed;
  const again = await start({ db: join(path, "a.db") });
  const runs = await (await fetch(`${again.url}/v2/runs?includeOutput=true`, withKey)).json();
  expect(runs.data).toMatchObject([{ status: "COMPLETED", output: { paid: true } }]);
});

describe("readiness", () => {
  test("follows the life of a node", async () => {
    const readiness = new Readiness(new MemoryStore(), () => true);
    expect(await readiness.notReady()).toBe("starting");
    readiness.open();
    expect(await readiness.notReady()).toBeUndefined();
    readiness.drain();
    expect(await readiness.notReady()).toBe("draining");
  });

  test("needs a session that lives", async () => {
    let isAlive = false;
    const readiness = new Readiness(new MemoryStore(), () => isAlive);
    readiness.open();
    expect(await readiness.notReady()).toBe("session_lost");
    isAlive = true;
    expect(await readiness.notReady()).toBeUndefined();
  });

  test("needs a store that answers, and in time", async () => {
    const closed = new MemoryStore();
    await closed.close();
    const silent = new MemoryStore();
    silent.nextWakeAt = () => new Promise(() => {});
    for (const store of [closed, silent]) {
      const readiness = new Readiness(store, () => true, 5);
      readiness.open();
      expect(await readiness.notReady()).toBe("store_unavailable");
    }
  });
});
