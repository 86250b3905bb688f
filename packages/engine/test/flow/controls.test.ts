import { describe, expect, it } from "vitest";
import { LimitedApp } from "./limited-app.ts";

const times = (count: number, data: Record<string, string | number> = {}) =>
  Array.from({ length: count }, (_, no) => ({ no, ...data }));

describe("concurrency", () => {
  it("runs no more at a time than it says, and uses every place", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 2 });
    const t0 = app.clock.now();
    await app.sendAll(times(5));
    await app.clock.advance(10_000);
    expect(await app.starts("app-lane", t0)).toEqual([0, 0, 1, 1, 2]);
    expect((await app.runs("app-lane")).map((run) => run.status)).toEqual(Array(5).fill("completed"));
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("starts the next in the commit that makes room for it", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1 });
    await app.sendAll(times(10));
    const commit = app.store.commit.bind(app.store);
    const begun: string[][] = [];
    app.store.commit = (changes) => {
      begun.push((changes.runs ?? []).filter((run) => run.owner != null).map((run) => run.status ?? ""));
      return commit(changes);
    };
    await app.clock.advance(20_000);
    expect((await app.runs("app-lane")).map((run) => run.status)).toEqual(Array(10).fill("completed"));
    expect(begun).toEqual([...Array(9).fill(["running"]), []]);
  });

  it("tells one that somebody has claimed meanwhile of its place", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1 });
    await app.sendAll(times(3));
    const [, second] = await app.runs("app-lane");
    const now = app.clock.now();
    await app.store.heartbeat({ owner: "another node", now, until: now + 60_000 });
    await app.store.commit({ runs: [{ id: second?.id ?? "", owner: "another node", epoch: 7 }] });
    await app.clock.advance(5_000);
    expect(app.visits.length).toBe(1);
    const waiting = await app.store.loadRun(second?.id ?? "");
    expect(waiting?.run).toMatchObject({ owner: "another node", epoch: 7, gate: null });
    expect(waiting?.messages.map(({ kind }) => kind)).toEqual(["slot"]);
  });

  it("counts by key, and a busy key holds up no other", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: { limit: 1, key: "event.data.user" } });
    const t0 = app.clock.now();
    await app.sendAll([...times(4, { user: "a" }), ...times(2, { user: "b" })]);
    await app.clock.advance(10_000);
    expect(await app.starts("app-lane", t0)).toEqual([0, 0, 1, 1, 2, 3]);
    expect([...app.peaks((visit) => String(visit.data.user)).values()]).toEqual([1, 1]);
  });

  it("holds nothing while a run sleeps", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1 });
    const t0 = app.clock.now();
    await app.sendAll(times(2, { ms: 100, naps: 1 }));
    await app.clock.advance(10_000);
    expect(app.visits.map(({ from }) => from - t0)).toEqual([0, 100, 1_100, 1_200]);
    expect((await app.runs("app-lane")).map((run) => run.status)).toEqual(["completed", "completed"]);
  });

  it("may be shared by functions, each with its own limit beside", async () => {
    const app = new LimitedApp();
    const shared = { limit: 3, scope: "env" as const, key: '"openai"' };
    await app.limit(
      { id: "app-one", concurrency: [shared, { limit: 2 }] },
      { id: "app-two", concurrency: [shared] },
    );
    await app.sendAll(times(6));
    await app.clock.advance(20_000);
    const peaks = app.peaks((visit) => visit.functionId);
    expect(peaks.get("app-one")).toBe(2);
    expect(app.peaks(() => "all").get("all")).toBe(3);
    expect((await app.runs("app-one")).every((run) => run.status === "completed")).toBe(true);
    expect((await app.runs("app-two")).every((run) => run.status === "completed")).toBe(true);
  });

  it("is the narrower of two rules that come to the same places", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: [{ limit: 3 }, { limit: 1 }] });
    await app.sendAll(times(4));
    await app.clock.advance(10_000);
    expect(app.peaks(() => "all").get("all")).toBe(1);
  });

  it("gives places that are freed together to who is first of all, whatever queue he is in", async () => {
    const app = new LimitedApp();
    const concurrency = [
      { limit: 1, key: "event.data.user" },
      { limit: 1, scope: "env" as const, key: '"all"' },
    ];
    await app.limit({ id: "app-fair", concurrency });
    for (const [no, user] of ["a", "a", "b", "a", "a"].entries()) {
      await app.send("go", { no, user });
      await app.clock.advance(1);
    }
    await app.clock.advance(20_000);
    expect(app.visits.map(({ data }) => data.no)).toEqual([0, 1, 2, 3, 4]);
  });

  it("lets a run that has started pass one that waits for its throttle, however urgent", async () => {
    const app = new LimitedApp();
    const limits = { throttle: { limit: 1, period: "1h" }, priority: { run: "event.data.urgent" } };
    await app.limit({ id: "app-both", concurrency: 1, ...limits });
    const t0 = app.clock.now();
    await app.send("go", { no: 0, ms: 100, naps: 1 });
    await app.clock.advance(50);
    await app.send("go", { no: 1, urgent: 600 });
    await app.clock.advance(60_000);
    expect(app.visits.map(({ data, from }) => [data.no, from - t0])).toEqual([
      [0, 0],
      [0, 1_100],
    ]);
  });

  it("of whole runs is held while they sleep", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-whole", concurrency: { fn: [{ limit: 1 }] } });
    const t0 = app.clock.now();
    await app.sendAll(times(2, { ms: 100, naps: 1 }));
    await app.clock.advance(10_000);
    expect(app.visits.map(({ from }) => from - t0)).toEqual([0, 1_100, 1_200, 2_300]);
  });

  it("lets a run that was cancelled in the queue go, and nobody else lose a turn", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1 });
    await app.sendAll(times(3));
    const [, second] = await app.runs("app-lane");
    await app.engine.cancelRun({ runId: second?.id ?? "" });
    await app.clock.advance(5_000);
    const statuses = (await app.runs("app-lane")).map((run) => run.status);
    expect(statuses).toEqual(["completed", "cancelled", "completed"]);
    expect(app.visits).toHaveLength(2);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("is kept when the node dies, and its places are not lost", async () => {
    const app = new LimitedApp({ leaseMs: 3_000 });
    await app.limit({ id: "app-lane", concurrency: 1 });
    await app.sendAll(times(3, { ms: 500 }));
    app.engine.crash();
    const next = app.takeOver();
    await next.start();
    await app.clock.advance(20_000);
    expect((await app.runs("app-lane")).map((run) => run.status)).toEqual(Array(3).fill("completed"));
    expect(await app.store.listGates({})).toEqual([]);
  });
});

describe("priority", () => {
  it("goes first, whatever kind of number it is", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1, priority: { run: "event.data.urgent" } });
    await app.sendAll([{ no: 0 }, { no: 1, urgent: 0 }, { no: 2, urgent: 60 }, { no: 3, urgent: 30.5 }]);
    await app.clock.advance(10_000);
    expect(app.visits.map(({ data }) => data.no)).toEqual([0, 2, 3, 1]);
  });
});

describe("throttle", () => {
  it("lets limit and burst start at once, then one after the other, and loses none", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-throttle", throttle: { limit: 2, period: "5s", burst: 1 } });
    const t0 = app.clock.now();
    await app.sendAll(times(6, { ms: 10, naps: 2 }));
    await app.clock.advance(30_000);
    expect(await app.starts("app-throttle", t0)).toEqual([0, 0, 0, 2.5, 5, 7.5]);
    expect((await app.runs("app-throttle")).map((run) => run.status)).toEqual(Array(6).fill("completed"));
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("goes together with concurrency: a start is counted when it happens", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-both", throttle: { limit: 1, period: "1s" }, concurrency: 1 });
    const t0 = app.clock.now();
    await app.sendAll(times(4, { ms: 2_500 }));
    await app.clock.advance(30_000);
    expect(await app.starts("app-both", t0)).toEqual([0, 2.5, 5, 7.5]);
  });
});

describe("rateLimit", () => {
  it("records what it skips, and is a window that slides", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-rate", rateLimit: { limit: 2, period: "10s", key: "event.data.user" } });
    await app.sendAll(times(3, { user: "a" }));
    await app.sendAll(times(1, { user: "b" }));
    await app.clock.advance(9_000);
    await app.sendAll(times(1, { user: "a" }));
    await app.clock.advance(2_000);
    await app.sendAll(times(3, { user: "a" }));
    await app.clock.advance(60_000);
    const runs = await app.runs("app-rate");
    const skipped = [
      "completed",
      "completed",
      "skipped",
      "completed",
      "skipped",
      "completed",
      "completed",
      "skipped",
    ];
    expect(runs.map((run) => run.status)).toEqual(skipped);
    expect(JSON.parse(runs[2]?.output ?? "")).toEqual({ reason: "rate_limit", existingRunId: null });
    expect(await app.store.listGates({})).toEqual([]);
  });
});

describe("debounce", () => {
  it("starts one run with the latest event, when no more have come", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-debounce", debounce: { period: "5s", key: "event.data.user" } });
    const t0 = app.clock.now();
    for (const no of [0, 1, 2]) {
      await app.send("go", { user: "a", no });
      await app.clock.advance(2_000);
    }
    await app.send("go", { user: "b", no: 3 });
    await app.clock.advance(20_000);
    expect(await app.starts("app-debounce", t0)).toEqual([9, 11]);
    expect(app.visits.map(({ data }) => data.no)).toEqual([2, 3]);
    const runs = await app.runs("app-debounce");
    expect(runs.map((run) => run.status).sort()).toEqual(["completed", "completed", "skipped", "skipped"]);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("puts nothing off beyond its time-out, and goes by the events' own time", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-debounce", debounce: { period: "5s", timeout: "8s" } });
    const t0 = app.clock.now();
    await app.engine.send([{ name: "go", data: { no: "late" }, ts: t0 + 60 }]);
    for (let no = 0; no < 5; no++) {
      await app.engine.send([{ name: "go", data: { no }, ts: t0 + no }]);
      await app.clock.advance(1_500);
    }
    await app.clock.advance(20_000);
    expect(await app.starts("app-debounce", t0)).toEqual([8]);
    expect(app.visits.map(({ data }) => data.no)).toEqual(["late"]);
  });
});

describe("batchEvents", () => {
  it("starts a run when a batch is full, or when its time is over", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-batch", batchEvents: { maxSize: 3, timeout: "10s", key: "event.data.user" } });
    await app.sendAll([...times(4, { user: "a" }), ...times(1, { user: "b" })]);
    await app.clock.advance(20_000);
    const sizes = app.calls.map(({ request }) => request.events.length);
    expect(sizes.sort()).toEqual([1, 1, 3]);
    expect((await app.runs("app-batch")).map((run) => run.status)).toEqual(Array(3).fill("completed"));
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("leaves alone what its condition does not hold for", async () => {
    const app = new LimitedApp();
    const batchEvents = { maxSize: 2, timeout: "10s", if: "event.data.user == 'a'" };
    await app.limit({ id: "app-batch", batchEvents });
    await app.sendAll([{ user: "b" }, { user: "a" }, { user: "a" }]);
    await app.clock.advance(1_000);
    expect(app.calls.map(({ request }) => request.events.length)).toEqual([1, 2]);
  });
});

describe("singleton", () => {
  it("skips what comes while one is there, and says which", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-single", singleton: { mode: "skip", key: "event.data.user" } });
    await app.sendAll([{ user: "a" }, { user: "a" }, { user: "b" }]);
    await app.clock.advance(5_000);
    await app.sendAll([{ user: "a" }]);
    await app.clock.advance(5_000);
    const runs = await app.runs("app-single");
    expect(runs.map((run) => run.status)).toEqual(["completed", "skipped", "completed", "completed"]);
    expect(JSON.parse(runs[1]?.output ?? "")).toEqual({ reason: "singleton", existingRunId: runs[0]?.id });
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("leaves the idempotency key of what it skips to the next", async () => {
    const app = new LimitedApp();
    const singleton = { mode: "skip" as const };
    await app.limit({ id: "app-single", singleton, idempotency: "event.data.order" });
    await app.sendAll([{ order: "1" }, { order: "2" }]);
    await app.clock.advance(5_000);
    await app.sendAll([{ order: "2" }]);
    await app.clock.advance(5_000);
    const statuses = (await app.runs("app-single")).map((run) => run.status);
    expect(statuses).toEqual(["completed", "skipped", "completed"]);
  });

  it("cancels the one that is there, however many come", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-single", singleton: { mode: "cancel" } });
    await app.sendAll(times(4));
    await app.clock.advance(5_000);
    const runs = await app.runs("app-single");
    expect(runs.map((run) => run.status)).toEqual(["cancelled", "cancelled", "cancelled", "completed"]);
    expect(await app.store.listGates({})).toEqual([]);
  });
});
