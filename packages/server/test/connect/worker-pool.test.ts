import type { RemoteCall } from "@stepfast/engine";
import { connectKinds, connectMessage, executorRequest } from "@stepfast/protocol/connect";
import { beforeEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { gatewayLimits } from "../../src/connect/limits.ts";
import { WorkerLink } from "../../src/connect/worker-link.ts";
import { WorkerPool } from "../../src/connect/worker-pool.ts";

const limits = { ...gatewayLimits, workerConcurrency: 2 };

/** A socket whose other end is the test. */
class FakeSocket {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: { kind: number; requestId?: string }[] = [];

  send(frame: Uint8Array): void {
    const { kind, payload } = connectMessage.decode(frame);
    const isRequest = kind === connectKinds.gatewayExecutorRequest;
    this.sent.push(isRequest ? { kind, requestId: executorRequest.decode(payload).requestId } : { kind });
  }

  isCut = false;
  terminate(): void {
    this.isCut = true;
  }
}

/** Time stands still until it is moved. */
class StillClock {
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(): () => void {
    throw new Error("nothing here sets a timer");
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

const HOUR_MS = 3_600_000;
const clock = new StillClock();
let pool: WorkerPool;
let changes: string[][];
beforeEach(() => {
  pool = new WorkerPool({ clock, limits });
  changes = [];
  pool.onChange = (came) => changes.push(came);
});

function join(name: string, { apps = ["shop"], functions = ["pay"], capacity = 2 } = {}) {
  const socket = new FakeSocket();
  const slugs = (appId: string) => new Set(functions.map((fn) => `${appId}-${fn}`));
  const facts = {
    connectionId: name,
    instanceId: name,
    apps: new Map(apps.map((appId) => [appId, slugs(appId)])),
    groups: new Map(),
    capacity,
    sdk: "js:v1",
    isReadyAtOnce: false,
    system: undefined,
  };
  const now = clock.now();
  const link = new WorkerLink(socket as unknown as WebSocket, facts, { now, backlogBytes: 1_000 });
  pool.join(link);
  pool.ready(link);
  return { link, socket, requests: () => socket.sent.flatMap(({ requestId }) => requestId ?? []) };
}

function call(requestId: string, functionId = "shop-pay", appId = "shop") {
  const request = { event: {}, events: [], steps: {}, ctx: { run_id: "RUN" }, version: -1 };
  const made = {
    url: "wss://connect/shop",
    functionId,
    appId,
    stepId: "step",
    requestId,
    generation: 1,
  };
  return pool.call({ ...made, request } as unknown as RemoteCall);
}

function reply(requestId: string, body: unknown = "done", more = {}): boolean {
  return pool.replied({
    requestId,
    accountId: "",
    envId: "",
    appId: "",
    status: 1,
    body: Buffer.from(JSON.stringify(body)),
    noRetry: false,
    retryAfter: undefined,
    sdkVersion: "",
    requestVersion: 2,
    systemTraceCtx: new Uint8Array(),
    userTraceCtx: new Uint8Array(),
    runId: "RUN",
    ...more,
  });
}

const lost = { kind: "error", noRetry: false, retryAtOnce: true, error: { code: "worker_lost" } };

describe("who gets a call", () => {
  test("nobody, where there is no worker of the app", async () => {
    join("other", { apps: ["bank"] });
    expect(await call("1")).toBeNull();
  });

  test("an older worker without the function does not; with none that has it, that is an error", async () => {
    const old = join("old");
    const current = join("current", { functions: ["pay", "refund"] });
    void call("1", "shop-refund");
    expect([old.requests(), current.requests()]).toEqual([[], ["1"]]);
    pool.leave(current.link);
    expect(await call("2", "shop-refund")).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { code: "function_not_found" },
    });
  });

  test("the worker that is the least busy; when all are, the first that has room, in order", async () => {
    const [small, large] = [join("small", { capacity: 1 }), join("large", { capacity: 2 })];
    const answers = ["1", "2", "3", "4", "5"].map((id) => call(id));
    expect([small.requests(), large.requests()]).toEqual([["1"], ["2", "3"]]);
    expect([pool.running, pool.waiting]).toEqual([3, 2]);
    reply("3");
    expect(large.requests()).toEqual(["2", "3", "4"]);
    reply("1", "one");
    expect(small.requests()).toEqual(["1", "5"]);
    expect(await answers[0]).toEqual({ kind: "complete", output: "one", version: 2 });
  });

  test("a worker that is behind with reading gets no more for now", () => {
    const slow = join("slow");
    slow.socket.bufferedAmount = 2_000;
    void call("1");
    expect(slow.requests()).toEqual([]);
    slow.socket.bufferedAmount = 0;
    pool.sweep();
    expect(slow.requests()).toEqual(["1"]);
  });

  test("what waits in line goes back when the last worker leaves", async () => {
    const only = join("only", { capacity: 1 });
    void call("1");
    const waiting = call("2");
    pool.leave(only.link);
    expect(await waiting).toBeNull();
    expect([...pool.apps]).toEqual([]);
    expect(changes).toEqual([["shop"], []]);
  });
});

describe("a worker that goes", () => {
  test("takes what it had begun with it, and gives up what it had not", async () => {
    const first = join("first");
    const begun = call("1");
    const lying = call("2");
    pool.acknowledged("1", first.link);
    const second = join("second");
    pool.leave(first.link);
    expect(await begun).toMatchObject(lost);
    expect(second.requests()).toEqual(["2"]);
    reply("2");
    expect(await lying).toMatchObject({ kind: "complete" });
  });

  test("is not the end for a request that nobody ever begins, but the third one is", async () => {
    const answer = (() => {
      const first = join("1st");
      const made = call("1");
      const second = join("2nd");
      pool.leave(first.link);
      const third = join("3rd");
      pool.leave(second.link);
      pool.leave(third.link);
      return made;
    })();
    expect(await answer).toMatchObject(lost);
  });

  test("by its own will gets no more, and finishes what it took", async () => {
    const first = join("first");
    const [begun, lying] = [call("1"), call("2")];
    pool.acknowledged("1", first.link);
    const second = join("second");
    pool.pause(first.link);
    expect(second.requests()).toEqual(["2"]);
    void call("3");
    expect(first.requests()).toEqual(["1", "2"]);
    expect(reply("1")).toBe(true);
    expect(await begun).toMatchObject({ kind: "complete" });
    void lying;
  });
});

describe("time", () => {
  test("ends a lease that is not extended", async () => {
    const worker = join("worker");
    const answer = call("1");
    pool.acknowledged("1", worker.link);
    clock.advance(limits.leaseMs - 1);
    worker.link.heardAt = clock.now();
    expect(pool.extended("1")).toEqual(expect.any(String));
    clock.advance(limits.leaseMs - 1);
    worker.link.heardAt = clock.now();
    pool.sweep();
    expect(pool.running).toBe(1);
    clock.advance(1);
    pool.sweep();
    expect(await answer).toMatchObject(lost);
    expect(pool.extended("1")).toBeUndefined();
    expect(reply("1")).toBe(false);
  });

  test("that leaps forward ends nothing, and then counts as ever", async () => {
    const worker = join("worker");
    const answer = call("1");
    clock.advance(HOUR_MS);
    pool.leap(HOUR_MS);
    pool.sweep();
    expect([pool.running, worker.socket.isCut]).toEqual([1, false]);
    pool.acknowledged("1", worker.link);
    clock.advance(limits.leaseMs);
    worker.link.heardAt = clock.now();
    pool.sweep();
    expect(await answer).toMatchObject(lost);
    clock.advance(limits.silenceMs + 1);
    pool.sweep();
    expect(worker.socket.isCut).toBe(true);
  });

  test("that is put back keeps nobody alive who is silent", async () => {
    const worker = join("worker");
    const answer = call("1");
    pool.acknowledged("1", worker.link);
    clock.advance(-HOUR_MS);
    pool.leap(-HOUR_MS);
    clock.advance(limits.silenceMs + 1);
    pool.sweep();
    expect(worker.socket.isCut).toBe(true);
    clock.advance(limits.leaseMs);
    pool.sweep();
    expect(await answer).toMatchObject(lost);
  });

  test("takes a request away that is not acknowledged", async () => {
    const deaf = join("deaf");
    void call("1");
    const other = join("other");
    clock.advance(limits.ackMs + 1);
    for (const { link } of [deaf, other]) link.heardAt = clock.now();
    void call("busy");
    pool.sweep();
    expect(deaf.requests().filter((id) => id === "1")).toHaveLength(1);
    expect(other.requests()).toContain("1");
  });

  test("leaves it where it is while no other worker has room: a late one would do it twice", async () => {
    const deaf = join("deaf");
    const full = join("full", { capacity: 1 });
    const answer = call("1");
    void call("2");
    const wait = () => {
      clock.advance(limits.ackMs + 1);
      for (const { link } of [deaf, full]) link.heardAt = clock.now();
      pool.acknowledged("2", full.link);
      pool.extended("2");
      pool.sweep();
    };
    for (let i = 1; i < limits.deliveries; i++) wait();
    expect(deaf.requests()).toEqual(["1"]);
    expect(full.requests()).toEqual(["2"]);
    expect(pool.running).toBe(2);
    wait();
    expect(await answer).toMatchObject(lost);
  });

  test("cuts off a worker that says nothing", async () => {
    const silent = join("silent");
    clock.advance(limits.silenceMs);
    pool.sweep();
    expect(silent.socket.isCut).toBe(false);
    clock.advance(1);
    pool.sweep();
    expect(silent.socket.isCut).toBe(true);
  });

  test("ends a call that takes too long, with a worker or in line", async () => {
    const worker = join("worker", { capacity: 1 });
    const [running, waiting] = [call("1"), call("2")];
    clock.advance(limits.callMs);
    worker.link.heardAt = clock.now();
    pool.extended("1");
    pool.sweep();
    for (const answer of [await running, await waiting]) {
      expect(answer).toMatchObject({ kind: "error", error: { code: "sdk_unreachable" } });
    }
  });
});

describe("a node that goes", () => {
  test("gives nothing out any more, and sends workers away as they fall idle", async () => {
    const [idle, busy] = [join("idle"), join("busy")];
    pool.pause(idle.link);
    void call("1");
    pool.drain();
    const away = { kind: connectKinds.gatewayClosing };
    expect(idle.socket.sent).toEqual([away]);
    expect(busy.socket.sent).toHaveLength(1);
    expect(await call("2")).toBeNull();
    reply("1");
    expect(busy.socket.sent.at(-1)).toEqual(away);
  });
});

describe("a reply", () => {
  test.each([
    [{ status: 1 }, [1], { kind: "complete", output: [1] }],
    [
      { status: 0 },
      [{ id: "a", op: "StepRun", data: 1 }],
      { kind: "ops", ops: [{ id: "a", op: "StepRun" }] },
    ],
    [{ status: 2 }, { name: "E", message: "no" }, { kind: "error", noRetry: false, error: { name: "E" } }],
    [{ status: 1, noRetry: true }, { message: "never" }, { kind: "error", noRetry: true }],
    [{ status: 2, retryAfter: "30" }, {}, { kind: "error", retryAfter: "30" }],
    [{ status: 77 }, {}, { kind: "error", noRetry: false }],
  ])("with %j is what it would be over HTTP", async (more, body, expected) => {
    join("worker");
    const answer = call("1");
    reply("1", body, more);
    expect(await answer).toMatchObject(expected);
  });
});
