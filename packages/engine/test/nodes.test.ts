import type { CallAnswer, FunctionConfig, InlineFunction } from "@stepfast/protocol";
import { describe, expect, it, vi } from "vitest";
import { settle } from "./fake-clock.ts";
import { LimitedApp } from "./flow/limited-app.ts";
import { complete, memo, ops, RemoteApp, ran } from "./remote-app.ts";

function inlineFunction(id: string, run: () => CallAnswer): InlineFunction {
  const config: FunctionConfig = {
    id,
    name: id,
    triggers: [{ event: "go" }],
    steps: { step: { id: "step", name: "step", runtime: { type: "inline", url: "inline:" } } },
  };
  return {
    configs: () => [config],
    call: () => ({
      answer: Promise.resolve(run()),
      settle: () => {},
      retry: () => {},
      widen: () => {},
      cancel: async () => {},
      stop: () => {},
    }),
  };
}

describe("nodes on one store", () => {
  it("know the functions that another one has registered, and forget those it has removed", async () => {
    const app = new RemoteApp({ isShared: true });
    const other = app.takeOver();
    await other.start();
    await app.register([{ id: "app-hi", triggers: [{ event: "go" }], script: () => complete("hi") }]);
    await app.clock.advance(5_000);
    await other.send([{ name: "go" }]);
    await settle();
    expect(await app.onlyRun("app-hi")).toMatchObject({ status: "completed", output: '"hi"' });
    await other.removeApp("app");
    await app.clock.advance(5_000);
    expect(app.engine.functions()).toEqual([]);
  });

  it("hear what another one stored for a run of theirs", async () => {
    const app = new RemoteApp({ isShared: true });
    let finish = (_answer: CallAnswer) => {};
    await app.register([
      {
        id: "app-two",
        triggers: [{ event: "go" }],
        script: (request) => {
          if (memo(request, "first") !== undefined) return complete("went on");
          return new Promise((resolve) => {
            finish = resolve;
          });
        },
      },
    ]);
    const other = app.takeOver();
    await other.start();
    await app.send("go");
    const run = await app.onlyRun("app-two");
    const cancelled = other.cancelRun({ runId: run.id });
    await app.clock.advance(5_000);
    await cancelled;
    finish(ops(ran("first", 1)));
    await settle();
    expect(app.calls).toHaveLength(1);
    expect(await app.onlyRun("app-two")).toMatchObject({ status: "cancelled" });
  });

  it("take a dead one's runs over within its lease and a second", async () => {
    const app = new RemoteApp({ isShared: true, pollMs: 1_000 });
    let mayEnd = false;
    await app.register([
      {
        id: "app-two",
        triggers: [{ event: "go" }],
        script: (request) => {
          if (memo(request, "first") === undefined) return ops(ran("first", 1));
          return mayEnd ? complete("taken over") : new Promise(() => {});
        },
      },
    ]);
    const other = app.takeOver();
    await other.start();
    await app.clock.advance(3_000);
    await app.send("go");
    app.engine.crash();
    mayEnd = true;
    await app.clock.advance(16_000);
    expect(app.calls).toHaveLength(3);
    expect(await app.onlyRun("app-two")).toMatchObject({ status: "completed", output: '"taken over"' });
  });

  it("that were given up find it out with the first write that is refused, not with the next heartbeat", async () => {
    const app = new RemoteApp({ isShared: true, pollMs: 600_000 });
    const answers: ((answer: CallAnswer) => void)[] = [];
    await app.register([
      {
        id: "app-one",
        triggers: [{ event: "go" }],
        script: () => new Promise((resolve) => answers.push(resolve)),
      },
    ]);
    await app.send("go");
    const { owner } = await app.onlyRun("app-one");
    expect(app.engine.isAlive).toBe(true);
    await app.store.endSession({ owner: owner ?? "", now: app.clock.now() });
    answers[0]?.(complete("refused"));
    await settle();
    const run = await app.onlyRun("app-one");
    expect(run).toMatchObject({ status: "running", epoch: 2 });
    expect(run.owner).not.toBe(owner);
    expect(app.engine.isAlive).toBe(true);
  });

  it("are not alive once their lease is over and the store does not answer; they try again within a second", async () => {
    const app = new RemoteApp({ isShared: true });
    await app.engine.start();
    const heartbeat = vi.spyOn(app.store, "heartbeat").mockRejectedValue(new Error("no store"));
    await app.clock.advance(14_000);
    expect(app.engine.isAlive).toBe(true);
    await app.clock.advance(1_000);
    expect(app.engine.isAlive).toBe(false);
    heartbeat.mockRestore();
    await app.clock.advance(1_000);
    expect(app.engine.isAlive).toBe(true);
    await app.engine.close();
    expect(app.engine.isAlive).toBe(false);
  });

  it("leave runs of code in a process to that process's node", async () => {
    const app = new RemoteApp({ isShared: true });
    const other = app.takeOver();
    await app.engine.start();
    await other.start();
    const ran: string[] = [];
    const fn = inlineFunction("shop-hi", () => {
      ran.push("here");
      return complete("hi");
    });
    await app.engine.registerInline({ id: "shop", functions: [fn] });
    await app.clock.advance(5_000);
    await other.send([{ name: "go" }]);
    await app.clock.advance(5_000);
    expect(ran).toEqual(["here"]);
    expect(await app.onlyRun("shop-hi")).toMatchObject({ status: "completed", output: '"hi"' });
  });

  it("keep such runs until a node with the code is there again", async () => {
    const app = new RemoteApp({ isShared: true });
    await app.engine.start();
    await app.engine.registerInline({
      id: "shop",
      functions: [inlineFunction("shop-hi", () => complete(1))],
    });
    await app.engine.close();
    const other = app.takeOver();
    await other.start();
    await other.send([{ name: "go" }]);
    await app.clock.advance(5_000);
    expect(await app.onlyRun("shop-hi")).toMatchObject({ status: "queued", blocked: "function_missing" });
    const third = app.takeOver();
    await third.start();
    await third.registerInline({ id: "shop", functions: [inlineFunction("shop-hi", () => complete(3))] });
    await app.clock.advance(5_000);
    expect(await app.onlyRun("shop-hi")).toMatchObject({ status: "completed", output: "3" });
  });

  it("tell where the node is that holds a run", async () => {
    const app = new RemoteApp({ isShared: true });
    await app.register([
      { id: "app-wait", triggers: [{ event: "go" }], script: () => new Promise(() => {}) },
    ]);
    const other = app.takeOver("http://10.0.0.2:8288");
    await other.start();
    await other.send([{ name: "go" }]);
    await app.clock.advance(5_000);
    const run = await app.onlyRun("app-wait");
    expect(await app.engine.nodeOf(run.id)).toBe("http://10.0.0.2:8288");
    expect(await other.nodeOf(run.id)).toBeNull();
    expect(await app.engine.nodeOf("unknown")).toBeNull();
  });

  it("tell so of a node that has only just begun", async () => {
    const app = new RemoteApp({ isShared: true });
    await app.register([
      { id: "app-wait", triggers: [{ event: "go" }], script: () => new Promise(() => {}) },
    ]);
    const other = app.takeOver("http://10.0.0.2:8288");
    await other.start();
    await other.send([{ name: "go" }]);
    const run = await app.onlyRun("app-wait");
    expect(await app.engine.nodeOf(run.id)).toBe("http://10.0.0.2:8288");
  });
});

it("a node that slept longer than its lease, and that nobody gave up, goes on with what it is at", async () => {
  const app = new LimitedApp({ isShared: true, pollMs: 1_000 });
  await app.limit({ id: "app-long" });
  await app.send("go", { ms: 30_000 });
  await app.clock.advance(2_500);
  app.clock.leap(3_600_000);
  await app.clock.advance(60_000);
  expect(app.visits.length).toBe(1);
  expect((await app.onlyRun("app-long")).status).toBe("completed");
});
