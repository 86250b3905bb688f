import { type Clock, silentLog } from "@stepfast/engine";
import type { RegisterRequest } from "@stepfast/protocol";
import { afterEach, expect, test } from "vitest";
import { AppWatcher, type WatcherOptions } from "../src/sync/app-watcher.ts";
import { FakeEngine } from "./fake-engine.ts";
import { payConfig } from "./rows.ts";
import { reply, type SdkStub, startSdkStub } from "./sdk-stub.ts";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Knows what was registered with it. */
class RegisteringEngine extends FakeEngine {
  override async registerRemote(request: RegisterRequest): Promise<{ modified: boolean }> {
    const answer = await super.registerRemote(request);
    this.known.length = 0;
    this.know(payConfig, request.appName, `${request.url}?fnId=shop-pay&stepId=step`);
    return answer;
  }
}

/** A clock whose next timer the test lets go off. */
class StoppedClock implements Clock {
  #timer: (() => void) | undefined;
  #armed: (() => void) | undefined;

  now(): number {
    return 0;
  }

  after(_delayMs: number, callback: () => void): () => void {
    this.#timer = callback;
    this.#armed?.();
    return () => {
      this.#timer = undefined;
    };
  }

  get isArmed(): boolean {
    return this.#timer !== undefined;
  }

  letGo(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.();
  }

  /** Lets the timer go off; resolves when the next one is set, which is when the round is over. */
  async nextRound(): Promise<void> {
    const armed = new Promise<void>((resolve) => {
      this.#armed = resolve;
    });
    this.letGo();
    await armed;
  }
}

async function app(): Promise<SdkStub> {
  const made = await startSdkStub((request, response) => {
    if (request.url.pathname !== "/api/inngest") return void response.writeHead(404).end();
    const { url } = JSON.parse(request.body || "{}");
    const body = { app_id: "shop", functions: [payConfig], sdk: "js:v1", url };
    reply(response, 200, body, { "x-inngest-sync-kind": "in_band" });
  });
  cleanUps.push(() => made.close());
  return made;
}

const syncs = (stub: SdkStub) => stub.seen.filter((request) => request.method === "PUT").length;

function watch(options: Partial<WatcherOptions>) {
  const engine = new RegisteringEngine();
  const clock = new StoppedClock();
  const base = {
    engine,
    clock,
    log: silentLog,
    urls: [],
    poll: true,
    search: false as const,
    ownPorts: [],
    intervalMs: 5000,
  };
  const watcher = new AppWatcher({ ...base, ...options });
  cleanUps.push(() => watcher.stop());
  return { engine, clock, watcher };
}

test("every app that is known is synced again and again", async () => {
  const stub = await app();
  const { clock, watcher, engine } = watch({ urls: [stub.url] });
  await watcher.start();
  expect(engine.registered).toHaveLength(1);
  await clock.nextRound();
  await clock.nextRound();
  expect(syncs(stub)).toBe(3);
});

test("without polling and searching one round is all", async () => {
  const stub = await app();
  const { clock, watcher } = watch({ urls: [stub.url], poll: false });
  await watcher.start();
  expect(syncs(stub)).toBe(1);
  expect(clock.isArmed).toBe(false);
});

test("an app that was not there yet is asked until it is, also without polling", async () => {
  let isUp = false;
  const made = await startSdkStub((request, response) => {
    if (!isUp) return void response.writeHead(503).end();
    const { url } = JSON.parse(request.body);
    const body = { app_id: "shop", functions: [payConfig], sdk: "js:v1", url };
    reply(response, 200, body, { "x-inngest-sync-kind": "in_band" });
  });
  cleanUps.push(() => made.close());
  const { clock, watcher, engine } = watch({ urls: [made.url], poll: false });
  await watcher.start();
  expect(engine.registered).toEqual([]);
  isUp = true;
  clock.letGo();
  await watcher.idle();
  expect(engine.registered).toHaveLength(1);
  expect(clock.isArmed).toBe(false);
});

test("an app that was found stays known while it is registered, and is forgotten when it is removed", async () => {
  const stub = await app();
  const port = Number(new URL(stub.url).port);
  const { clock, watcher, engine } = watch({ search: { ports: [port] } });
  await watcher.start();
  await clock.nextRound();
  expect(syncs(stub)).toBe(2);
  const probes = stub.seen.filter((request) => request.method === "GET").length;
  expect(probes).toBe(1);
  engine.known.length = 0;
  await clock.nextRound();
  // It is there, so it is found again, as any other would be.
  expect(stub.seen.filter((request) => request.method === "GET")).toHaveLength(2);
});

test("an app that registered by itself is polled too, one under two names once", async () => {
  const stub = await app();
  const { watcher, engine } = watch({ urls: [stub.url.replace("127.0.0.1", "localhost")] });
  engine.know(payConfig, "shop", `${stub.url}?fnId=shop-pay&stepId=step`);
  await watcher.start();
  expect(syncs(stub)).toBe(1);
});

test("with searching only, an app is synced when it is found and left alone then", async () => {
  const stub = await app();
  const { clock, watcher } = watch({ poll: false, search: { ports: [Number(new URL(stub.url).port)] } });
  await watcher.start();
  await clock.nextRound();
  expect(syncs(stub)).toBe(1);
});

test("our own port is not looked at", async () => {
  const stub = await app();
  const port = Number(new URL(stub.url).port);
  const { watcher } = watch({ search: { ports: [port] }, ownPorts: [port] });
  await watcher.start();
  expect(stub.seen).toEqual([]);
});

test("stopping does not wait for an app that does not answer", async () => {
  const silent = await startSdkStub(() => {});
  cleanUps.push(() => silent.close());
  const { watcher, clock } = watch({ urls: [silent.url] });
  const firstRound = watcher.start();
  await watcher.stop();
  await firstRound;
  expect(clock.isArmed).toBe(false);
});

test("why a known app does not sync is kept with it, once", async () => {
  const stub = await app();
  const { clock, watcher, engine } = watch({ urls: [stub.url] });
  await watcher.start();
  expect(engine.syncFailures).toEqual([]);
  await stub.close();
  await clock.nextRound();
  await clock.nextRound();
  expect(engine.syncFailures).toEqual([{ appId: "shop", error: expect.stringContaining(stub.url) }]);
});
