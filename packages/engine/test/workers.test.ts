import type { CallAnswer, CallRequest } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { beforeEach, describe, expect, it } from "vitest";
import { Engine } from "../src/engine.ts";
import type { RemoteCall } from "../src/ports/remote.ts";
import { FakeClock, settle } from "./fake-clock.ts";
import { complete, memo, ops, planned, ran } from "./remote-app.ts";

type Script = (request: CallRequest, call: RemoteCall) => CallAnswer | Promise<CallAnswer>;

const lost: CallAnswer = {
  kind: "error",
  error: { name: "Error", message: "gone", code: "worker_lost" },
  noRetry: false,
  retryAtOnce: true,
};

let clock: FakeClock;
let store: SharedMemoryStore;
let nodes: number;
beforeEach(() => {
  clock = new FakeClock();
  store = new SharedMemoryStore();
  nodes = 0;
});

/** A node to which workers of the app `shop` may come. */
class Node {
  readonly apps = new Set<string>();
  readonly calls: RemoteCall[] = [];
  readonly engine: Engine;
  script: Script = () => complete("done");

  constructor(on: Store = store) {
    let seed = ++nodes;
    const next = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed & 255;
    };
    const call = async (call: RemoteCall) => {
      this.calls.push(call);
      return this.apps.has(call.appId) ? this.script(call.request, call) : null;
    };
    this.engine = new Engine({
      store: on,
      clock,
      random: { bytes: (length) => Uint8Array.from({ length }, next), fraction: () => 0 },
      remote: { call },
      workers: this,
      pollMs: 1_000,
      leaseMs: 15_000,
    });
  }

  async comes(): Promise<void> {
    const runtime = { type: "ws" as const, url: "wss://connect/shop" };
    const steps = { step: { id: "step", name: "step", runtime, retries: { attempts: 2 } } };
    const pay = { id: "shop-pay", name: "Pay", triggers: [{ event: "go" }], steps };
    await this.engine.registerRemote({
      url: "wss://connect/shop",
      appName: "shop",
      sdk: "js:v1",
      v: "0.1",
      functions: [pay],
    });
    this.apps.add("shop");
    await this.engine.workersChanged({ came: ["shop"] });
    await settle();
  }

  async goes(): Promise<void> {
    this.apps.delete("shop");
    await this.engine.workersChanged({ came: [] });
  }

  async send(): Promise<void> {
    await this.engine.send([{ name: "go" }]);
    await settle();
  }
}

async function started(on?: Store): Promise<Node> {
  const node = new Node(on);
  await node.engine.start();
  await settle();
  return node;
}

async function onlyRun() {
  const [run, ...more] = await store.listRuns({});
  if (!run || more.length > 0) throw new Error(`expected one run, found ${more.length + (run ? 1 : 0)}`);
  return run;
}

describe("a run of an app with workers", () => {
  it("waits, saying what for, until one comes", async () => {
    const node = await started();
    await node.comes();
    await node.goes();
    await node.send();
    expect(await onlyRun()).toMatchObject({ status: "queued", owner: null, blocked: "no_worker" });
    expect(node.calls).toHaveLength(0);
    await node.comes();
    expect(await onlyRun()).toMatchObject({ status: "completed", blocked: null });
  });

  it("keeps its attempts when its worker leaves between two steps", async () => {
    const node = await started();
    await node.comes();
    node.script = async (request) => {
      if (memo(request, "first") !== undefined) return complete("done");
      node.apps.delete("shop");
      return ops(ran("first", 1));
    };
    await node.send();
    expect(await onlyRun()).toMatchObject({ status: "running", attempt: 0, blocked: "no_worker" });
    await node.comes();
    expect(await onlyRun()).toMatchObject({ status: "completed" });
    expect(await store.listAttempts((await onlyRun()).id)).toEqual([]);
  });

  it("takes in what its other calls come to before it waits", async () => {
    const node = await started();
    await node.comes();
    let finish = (_answer: CallAnswer) => {};
    node.script = (request, call) => {
      if (call.stepId === "step" && Object.keys(request.steps).length === 0) {
        return ops(planned("slow"), planned("quick"));
      }
      if (call.stepId !== "step") {
        const isSlow = node.calls.filter((each) => each.stepId !== "step").length === 1;
        if (!isSlow) return lost;
        return new Promise((resolve) => {
          finish = resolve;
        });
      }
      return complete("done");
    };
    await node.send();
    node.apps.delete("shop");
    await clock.advance(10);
    finish(ops(ran("slow", 1)));
    await settle();
    const run = await onlyRun();
    expect(run).toMatchObject({ blocked: "no_worker" });
    const steps = (await store.loadRun(run.id))?.steps ?? [];
    expect(steps.map((step) => [step.name, step.status])).toEqual([
      ["slow", "completed"],
      ["quick", "retrying"],
    ]);
  });

  it("repeats at once what was lost with a worker, as often as the function has attempts", async () => {
    const node = await started();
    await node.comes();
    node.script = () => lost;
    await node.send();
    await clock.advance(10);
    expect(node.calls.map((call) => call.request.ctx.attempt)).toEqual([0, 1, 2]);
    expect(await onlyRun()).toMatchObject({ status: "failed" });
  });

  it("ends by cancellation or by its time without a worker", async () => {
    const node = await started();
    await node.comes();
    await node.goes();
    await node.send();
    const { id } = await onlyRun();
    const cancelled = node.engine.cancelRun({ runId: id });
    await clock.advance(5_000);
    await cancelled;
    expect(await onlyRun()).toMatchObject({ status: "cancelled" });
  });

  it("goes on when the app is served at an address from now on", async () => {
    const node = await started();
    await node.comes();
    await node.goes();
    await node.send();
    const steps = {
      step: { id: "step", name: "s", runtime: { type: "http" as const, url: "http://a/api" } },
    };
    const functions = [{ id: "shop-pay", name: "Pay", triggers: [{ event: "go" }], steps }];
    node.apps.add("shop");
    await node.engine.registerRemote({ url: "http://a/api", appName: "shop", sdk: "", v: "", functions });
    await clock.advance(2_000);
    expect(await onlyRun()).toMatchObject({ status: "completed" });
  });
});

describe("several nodes", () => {
  it("leave such a run to the one with the worker", async () => {
    const [a, b] = [await started(), await started()];
    await b.comes();
    await clock.advance(5_000);
    await a.send();
    await clock.advance(5_000);
    expect(await onlyRun()).toMatchObject({ status: "completed" });
    expect([a.calls.length, b.calls.length]).toEqual([0, 1]);
  });

  it("hand it on when the worker moves", async () => {
    const [a, b] = [await started(), await started()];
    await a.comes();
    a.script = (request) => {
      if (memo(request, "first") !== undefined) return complete("by a");
      a.apps.delete("shop");
      return ops(ran("first", 1));
    };
    b.script = () => complete("by b");
    await a.send();
    expect(await onlyRun()).toMatchObject({ blocked: "no_worker" });
    await b.comes();
    await a.engine.workersChanged({ came: [] });
    await clock.advance(5_000);
    expect(await onlyRun()).toMatchObject({ status: "completed", output: '"by b"' });
  });

  it("wake what one of them parked just after a worker had come to another", async () => {
    let isHeld = false;
    let release = () => {};
    const slow = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name !== "loadRun") return value.bind(target);
        return async (...args: unknown[]) => {
          if (isHeld) {
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          }
          return value.apply(target, args);
        };
      },
    });
    const a = await started(slow);
    const b = await started();
    await b.comes();
    await clock.advance(5_000);
    await b.goes();
    await clock.advance(5_000);
    isHeld = true;
    await a.send();
    // It is with `a` by now, which is about to park it; `b` finds nothing to wake.
    expect((await onlyRun()).owner).not.toBeNull();
    await b.comes();
    isHeld = false;
    release();
    await clock.advance(5_000);
    expect(await onlyRun()).toMatchObject({ status: "completed" });
    expect([a.calls.length, b.calls.length]).toEqual([0, 1]);
  });
});
