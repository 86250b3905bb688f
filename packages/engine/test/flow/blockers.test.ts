import { hashStepId, type Op } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { blockerOf } from "../../src/domain/blocker.ts";
import type { Engine } from "../../src/engine.ts";
import { complete, failed, memo, ops, sleep } from "../remote-app.ts";
import { LimitedApp } from "./limited-app.ts";

/** Two nodes on one store, which must say the same. */
class WatchedApp extends LimitedApp {
  #other: Engine | null = null;

  constructor() {
    super({ isShared: true });
  }

  async blockers(functionId: string) {
    this.#other ??= this.takeOver();
    await this.#other.start();
    const found = [];
    for (const { id } of await this.runs(functionId)) {
      const loaded = await this.store.loadRun(id);
      const blocker = loaded && (await this.engine.diagnosis.blockerOf(loaded));
      expect(loaded && (await this.#other.diagnosis.blockerOf(loaded))).toEqual(blocker);
      found.push(blocker);
    }
    return found;
  }
}

describe("a run that does not go on says why", () => {
  it("the places of its lane, who has them, and how many are ahead", async () => {
    const app = new WatchedApp();
    await app.limit({ id: "app-lane", concurrency: { limit: 1, key: "event.data.user" } });
    await app.sendAll([0, 1, 2].map((no) => ({ no, user: "a" })));
    const [first] = await app.runs("app-lane");
    const gate = { limit: 1, held: 1, waiting: 2, holders: [{ runId: first?.id, functionId: "app-lane" }] };
    const blockers = await app.blockers("app-lane");
    expect(blockers[0]).toBeNull();
    expect(blockers[1]).toMatchObject({ kind: "concurrency", until: null, gate: { ...gate, ahead: 0 } });
    expect(blockers.slice(1).map((blocker) => blocker?.message)).toEqual([
      "The only place of the concurrency limit is taken; no run is ahead of it in the queue",
      "The only place of the concurrency limit is taken; 1 run is ahead of it in the queue",
    ]);
    expect(blockers[2]).toMatchObject({ kind: "concurrency", gate: { ...gate, ahead: 1 } });
    const { queues } = await app.engine.queues.page({ limit: 10 });
    const second = (await app.runs("app-lane"))[1];
    expect(queues).toMatchObject([
      {
        kind: "concurrency",
        functionId: "app-lane",
        key: '"a"',
        waiting: 2,
        held: 1,
        limit: 1,
        first: { runId: second?.id },
      },
    ]);
    await app.clock.advance(10_000);
    expect(await app.blockers("app-lane")).toEqual([null, null, null]);
  });

  it("a lane that functions share, and its holders of another function", async () => {
    const app = new WatchedApp();
    const concurrency = [{ limit: 1, scope: "env" as const, key: '"db"' }];
    const of = (event: string) => ({ id: `app-${event}`, concurrency, triggers: [{ event }] });
    await app.limit(of("one"), of("two"));
    await app.send("one");
    await app.send("two");
    expect(await app.blockers("app-two")).toMatchObject([
      { kind: "concurrency", gate: { holders: [{ functionId: "app-one" }], ahead: 0 } },
    ]);
    expect((await app.engine.queues.totals(5)).longest).toMatchObject([
      { functionId: null, key: '"db"', waiting: 1 },
    ]);
  });

  it("in line behind others with the same two rules: what the first of them waits for", async () => {
    const app = new WatchedApp();
    const concurrency = ["user", "model"].map((name) => ({ limit: 1, key: `event.data.${name}` }));
    await app.limit({ id: "app-cross", concurrency });
    await app.send("go", { user: "x", model: "b", ms: 60_000 });
    for (let no = 0; no < 4; no++) await app.send("go", { user: "a", model: "b" });
    const gate = { held: 1, limit: 1, waiting: 4, holders: [{ functionId: "app-cross" }] };
    const blockers = await app.blockers("app-cross");
    const ahead = [0, 1, 2, 3].map((count) => ({ kind: "concurrency", gate: { ...gate, ahead: count } }));
    expect(blockers[0]).toBeNull();
    expect(blockers.slice(1)).toMatchObject(ahead);
    const queue = { functionId: "app-cross", key: '"b"', waiting: 4, held: 1 };
    expect((await app.engine.queues.page({ limit: 10 })).queues).toMatchObject([queue]);
    expect(await app.engine.queues.totals(5)).toMatchObject({ waiting: 4, queues: 1, longest: [queue] });
    await app.clock.advance(120_000);
    expect(await app.blockers("app-cross")).toEqual(Array(5).fill(null));
  });

  it("its throttle, and when it opens", async () => {
    const app = new WatchedApp();
    await app.limit({ id: "app-throttle", throttle: { limit: 1, period: "10s" } });
    const t0 = app.clock.now();
    await app.sendAll([{ no: 0 }, { no: 1 }]);
    const message = expect.stringMatching(
      /^The throttle lets 1 start in 10s, the next one at .*Z; no run is ahead of it$/,
    );
    const blocker = {
      kind: "throttle",
      message,
      until: t0 + 10_000,
      gate: { waiting: 1, ahead: 0, limit: 1 },
    };
    expect((await app.blockers("app-throttle"))[1]).toMatchObject(blocker);
  });

  it("a pause, and a function that is missing", async () => {
    const app = new WatchedApp();
    await app.limit({ id: "app-fn" });
    await app.engine.pauseFunction({ functionId: "app-fn", reason: "a deploy" });
    await app.send("go");
    await app.clock.advance(1_000);
    expect(await app.blockers("app-fn")).toMatchObject([
      { kind: "paused", message: expect.stringContaining("a deploy") },
    ]);
    await app.engine.removeApp("app");
    await app.engine.send([{ name: "nobody" }]);
    app.engine.crash();
    const next = app.takeOver();
    await next.start();
    await app.store.unblock({ functionIds: ["app-fn"], blocked: "paused", now: app.clock.now() });
    await app.clock.advance(20_000);
    const [run] = await app.runs("app-fn");
    const loaded = await app.store.loadRun(run?.id ?? "");
    expect(loaded && (await next.diagnosis.blockerOf(loaded))).toMatchObject({
      kind: "function_missing",
      name: "app-fn",
    });
  });

  it("its start, a retry, a sleep, an event, a signal, a run it invoked", async () => {
    const app = new WatchedApp();
    const t0 = app.clock.now();
    const wait = (id: string, op: Op["op"], opts: Record<string, string>): Op => ({
      id: hashStepId(id),
      op,
      displayName: id,
      name: id,
      opts,
    });
    await app.register([
      { id: "app-sleep", triggers: [{ event: "sleep" }], script: () => ops(sleep("nap", "1h")) },
      { id: "app-retry", triggers: [{ event: "retry" }], script: () => failed("not now") },
      {
        id: "app-event",
        triggers: [{ event: "event" }],
        script: () =>
          ops(wait("paid", "WaitForEvent", { event: "paid", timeout: "1h", if: "async.data.id == 7" })),
      },
      {
        id: "app-signal",
        triggers: [{ event: "signal" }],
        script: () => ops(wait("ok", "WaitForSignal", { signal: "approve", timeout: "1h" })),
      },
      {
        id: "app-parent",
        triggers: [{ event: "parent" }],
        script: () => ops(wait("child", "InvokeFunction", { function_id: "app-sleep", timeout: "1h" })),
      },
      { id: "app-put-off", debounce: { period: "1m" }, script: () => complete(null) },
      {
        id: "app-caller",
        triggers: [{ event: "caller" }],
        script: () => ops(wait("late", "InvokeFunction", { function_id: "app-put-off", timeout: "1h" })),
      },
      {
        id: "app-done",
        triggers: [{ event: "done" }],
        script: (request) => complete(memo(request, "x") as null),
      },
    ]);
    for (const name of ["sleep", "retry", "event", "signal", "parent", "caller", "done"])
      await app.send(name);
    await app.engine.send([{ name: "done", ts: t0 + 60_000 }]);
    const until = t0 + 3_600_000;
    expect((await app.blockers("app-sleep"))[0]).toMatchObject({
      kind: "sleep",
      until,
      step: { id: hashStepId("nap") },
    });
    const [retry] = await app.blockers("app-retry");
    expect(retry).toMatchObject({ kind: "retry" });
    expect(retry?.until).toBeGreaterThan(t0);
    expect(await app.blockers("app-event")).toMatchObject([
      { kind: "event", until, name: "paid", match: "async.data.id == 7", step: { name: "paid" } },
    ]);
    expect(await app.blockers("app-signal")).toMatchObject([{ kind: "signal", until, name: "approve" }]);
    const child = (await app.runs("app-sleep")).find((run) => run.origin === "invoke");
    expect(await app.blockers("app-parent")).toMatchObject([
      { kind: "invoke", until, name: "app-sleep", runId: child?.id },
    ]);
    expect(await app.blockers("app-caller")).toMatchObject([
      { kind: "invoke", name: "app-put-off", message: expect.stringContaining("debounce") },
    ]);
    expect(await app.blockers("app-done")).toMatchObject([null, { kind: "start", until: t0 + 60_000 }]);
  });

  it("that no node has taken it, or none could", async () => {
    const app = new WatchedApp();
    await app.limit({ id: "app-fn" });
    await app.send("go");
    const run = { ...(await app.onlyRun("app-fn")), owner: null, wakeAt: app.clock.now() };
    const facts = { now: app.clock.now(), run, steps: [], waits: [], gate: null, paused: null };
    expect(blockerOf({ ...facts, hasWorker: true })).toMatchObject({ kind: "no_room" });
    expect(blockerOf({ ...facts, hasWorker: false })).toMatchObject({ kind: "no_worker", name: "app-fn" });
  });
});

describe("an event that waits", () => {
  it("says at which debounce or batch, and until when", async () => {
    const app = new WatchedApp();
    await app.limit(
      { id: "app-debounce", debounce: { period: "5s", key: "event.data.user" } },
      { id: "app-batch", batchEvents: { maxSize: 3, timeout: "10s" } },
    );
    const t0 = app.clock.now();
    const id = await app.send("go", { user: "a" });
    const [event] = await app.store.getEvents([id]);
    if (!event) throw new Error("no event");
    const held = await app.engine.diagnosis.holdsOf(event);
    expect(held).toMatchObject([
      { functionId: "app-batch", kind: "batch", until: t0 + 10_000, events: 1 },
      { functionId: "app-debounce", kind: "debounce", until: t0 + 5_000 },
    ]);
    await app.clock.advance(20_000);
    expect(await app.engine.diagnosis.holdsOf(event)).toEqual([]);
    const runs = await app.store.listRuns({ eventId: id });
    expect(runs.map((run) => run.id).sort()).toEqual(held.map((one) => one.runId).sort());
  });
});
