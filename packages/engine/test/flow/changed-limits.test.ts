import { describe, expect, it } from "vitest";
import { LimitedApp } from "./limited-app.ts";

const times = (count: number, data: Record<string, string | number> = {}) =>
  Array.from({ length: count }, (_, no) => ({ no, ...data }));

/** The store takes the change, and the node dies before it does more. */
async function dieOver(app: LimitedApp, change: (app: LimitedApp) => Promise<unknown>): Promise<void> {
  await app.limit({ id: "app-lane", concurrency: 1 });
  await app.sendAll(times(3, { ms: 60_000 }));
  const { store } = app;
  const kept = { commit: store.commit, putApp: store.putApp, setFunction: store.setFunction };
  const die = () => {
    app.engine.crash();
    store.commit = () => Promise.reject(new Error("died"));
  };
  store.putApp = async (params) => {
    await kept.putApp.call(store, params);
    die();
  };
  store.setFunction = async (params) => {
    const isSet = await kept.setFunction.call(store, params);
    die();
    return isSet;
  };
  // An operator is told; whoever registers an app is not, for it would be tried again.
  await change(app).catch((error: unknown) => expect(String(error)).toContain("died"));
  Object.assign(store, kept);
}

/** Which events' runs were called. */
const starting = (app: LimitedApp) => [...new Set(app.visits.map(({ data }) => String(data.no)))].sort();
const promises = (app: LimitedApp) => app.store.listGates({ kinds: ["job"] });

describe("a limit that is changed at run time", () => {
  it("lets more in at once when it is raised", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1 });
    const t0 = app.clock.now();
    await app.sendAll(times(5, { ms: 10_000 }));
    await app.clock.advance(1_000);
    await app.engine.limits.set({ functionId: "app-lane", limit: "concurrency-1" }, { limit: 3 });
    await app.clock.advance(30_000);
    expect(await app.starts("app-lane", t0)).toEqual([0, 1, 1, 10, 11]);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("holds from the next free place on when it is lowered", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 3 });
    const t0 = app.clock.now();
    await app.sendAll(times(6));
    await app.engine.limits.set({ functionId: "app-lane", limit: "concurrency-1" }, { limit: 1 });
    await app.clock.advance(30_000);
    expect(await app.starts("app-lane", t0)).toEqual([0, 0, 0, 1, 2, 3]);
  });

  it("may be changed for one value of its key", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: { limit: 1, key: "event.data.user" } });
    const choice = { functionId: "app-lane", limit: "concurrency-1", key: "vip" };
    await app.sendAll([...times(3, { user: "vip" }), ...times(3, { user: "other" })]);
    const { limits } = await app.engine.limits.set(choice, { limit: 3 });
    expect(limits).toEqual([
      {
        name: "concurrency-1",
        scope: "fn",
        key: "event.data.user",
        configured: { limit: 1 },
        inForce: { limit: 1 },
        byKey: [{ key: "vip", inForce: { limit: 3 } }],
      },
    ]);
    await app.clock.advance(10_000);
    const peaks = app.peaks((visit) => String(visit.data.user));
    expect(peaks).toEqual(
      new Map([
        ["vip", 3],
        ["other", 1],
      ]),
    );
  });

  it("outlives syncs and restarts, and is recorded", async () => {
    const app = new LimitedApp({ leaseMs: 3_000 });
    await app.limit({ id: "app-lane", concurrency: 1 });
    const choice = { functionId: "app-lane", limit: "concurrency-1" };
    const at = app.clock.now();
    await app.engine.limits.set(choice, { limit: 4 });
    await app.engine.limits.set(choice, { limit: 2 });
    await app.limit({ id: "app-lane", concurrency: 5 });
    app.engine.crash();
    const next = app.takeOver();
    await next.start();
    const change = { at, by: null, limit: "concurrency-1", key: null };
    expect(next.limits.list("app-lane")).toMatchObject({
      limits: [{ configured: { limit: 5 }, inForce: { limit: 2 } }],
      changes: [
        { ...change, to: { limit: 2 } },
        { ...change, to: { limit: 4 } },
      ],
    });
    for (const { no } of times(4)) await next.send([{ name: "go", data: { no } }]);
    await app.clock.advance(10_000);
    expect(app.peaks(() => "all").get("all")).toBe(2);
    expect((await next.limits.set(choice, null)).limits[0]?.inForce).toEqual({ limit: 5 });
  });

  const byOperator = (app: LimitedApp) =>
    app.engine.limits.set({ functionId: "app-lane", limit: "concurrency-1" }, { limit: 3 });
  const bySync = (app: LimitedApp) => app.limit({ id: "app-lane", concurrency: 3 });

  it.each([
    ["by an operator", byOperator],
    ["by a sync", bySync],
  ])("%s lets in whom it should at the next start if the node dies over it", async (_, change) => {
    const app = new LimitedApp({ leaseMs: 3_000 });
    await dieOver(app, change);
    await app.takeOver().start();
    await app.clock.advance(0);
    expect(starting(app)).toEqual(["0", "1", "2"]);
    expect(await promises(app)).toEqual([]);
  });

  it.each([
    ["by an operator", byOperator],
    ["by a sync", bySync],
  ])("%s lets in whom it should on another node if this one dies over it", async (_, change) => {
    const app = new LimitedApp({ isShared: true });
    const other = app.takeOver();
    await other.start();
    await dieOver(app, change);
    await app.clock.advance(6_000);
    expect(starting(app)).toEqual(["0", "1", "2"]);
    expect(await promises(app)).toEqual([]);
  });

  it("is changed by several operators one after the other, on what they have seen if they say so", async () => {
    const app = new LimitedApp({ isShared: true });
    const keyed = { limit: 1, key: "event.data.user" };
    await app.limit({ id: "app-lane", concurrency: keyed, rateLimit: { limit: 9, period: "1m" } });
    const other = app.takeOver();
    await other.start();
    const lane = { functionId: "app-lane", limit: "concurrency-1" };
    const rate = { functionId: "app-lane", limit: "rate-limit" };
    await Promise.all([
      app.engine.limits.set(lane, { limit: 2 }, { by: "ann" }),
      other.limits.set(rate, { limit: 8 }, { by: "bob" }),
      other.limits.set({ ...lane, key: "vip" }, { limit: 5 }, { by: "bob" }),
    ]);
    await app.clock.advance(6_000);
    const { version, changes, limits } = app.engine.limits.list("app-lane");
    expect(limits.map(({ inForce }) => inForce)).toEqual([{ limit: 2 }, { limit: 8, periodMs: 60_000 }]);
    expect(limits[0]?.byKey).toEqual([{ key: "vip", inForce: { limit: 5 } }]);
    expect([version, changes.map(({ by }) => by).sort()]).toEqual([3, ["ann", "bob", "bob"]]);
    const both = await Promise.allSettled([
      app.engine.limits.set(lane, { limit: 3 }, { version }),
      other.limits.set(lane, { limit: 4 }, { version }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(other.limits.set(lane, { limit: 6 }, { version: 3 })).rejects.toMatchObject({
      code: "changed_meanwhile",
    });
    expect((await other.limits.set(lane, { limit: 6 }, { version: 4 })).version).toBe(5);
  });

  it("holds on the other nodes too", async () => {
    const app = new LimitedApp({ isShared: true });
    await app.limit({ id: "app-lane", concurrency: 1 });
    const other = app.takeOver();
    await other.start();
    await other.limits.set({ functionId: "app-lane", limit: "concurrency-1" }, { limit: 2 });
    await app.clock.advance(6_000);
    await app.sendAll(times(4));
    await app.clock.advance(10_000);
    expect(app.peaks(() => "all").get("all")).toBe(2);
  });

  it("may be one that functions share, of whole runs, a throttle or a rate limit", async () => {
    const app = new LimitedApp();
    const shared = { limit: 1, scope: "env" as const, key: '"db"' };
    await app.limit(
      { id: "app-shared", concurrency: [shared, { limit: 9 }], triggers: [{ event: "shared" }] },
      { id: "app-whole", concurrency: { fn: 1 }, triggers: [{ event: "whole" }] },
      { id: "app-throttle", throttle: { limit: 1, period: "10s" }, triggers: [{ event: "throttle" }] },
      { id: "app-rate", rateLimit: { limit: 1, period: "1m" }, triggers: [{ event: "rate" }] },
    );
    const t0 = app.clock.now();
    for (const name of ["shared", "whole", "throttle"]) await app.sendAll(times(3, { ms: 20_000 }), name);
    const { limits } = app.engine;
    await limits.set({ functionId: "app-shared", limit: "concurrency-1" }, { limit: 2 });
    await limits.set({ functionId: "app-whole", limit: "concurrency-fn" }, { limit: 2 });
    await limits.set({ functionId: "app-throttle", limit: "throttle" }, { limit: 2, periodMs: 8_000 });
    await limits.set({ functionId: "app-rate", limit: "rate-limit" }, { limit: 2 });
    await app.sendAll(times(3), "rate");
    await app.clock.advance(60_000);
    expect(await app.starts("app-shared", t0)).toEqual([0, 0, 20]);
    expect(await app.starts("app-whole", t0)).toEqual([0, 0, 20]);
    expect(await app.starts("app-throttle", t0)).toEqual([0, 6, 10]);
    expect((await app.runs("app-rate")).map((run) => run.status)).toEqual([
      "completed",
      "completed",
      "skipped",
    ]);
  });

  it("may be one of two that functions share: runs that wait go by the numbers of now", async () => {
    const app = new LimitedApp();
    const rules = (db: number, user: number) => ({
      id: "app-shared",
      concurrency: [
        { limit: db, scope: "env" as const, key: '"db"' },
        { limit: user, scope: "env" as const, key: "event.data.user" },
      ],
    });
    await app.limit(rules(1, 1));
    const t0 = app.clock.now();
    await app.sendAll([
      ...times(4, { user: "ann", ms: 10_000 }),
      { no: 4, user: "bob", ms: 10_000 },
      { no: 5, user: "db", ms: 10_000 },
    ]);
    await app.clock.advance(1_000);
    await app.limit(rules(4, 1));
    await app.clock.advance(1_000);
    // Who has "db" for both of its keys counts once, for the narrower rule.
    expect(starting(app)).toEqual(["0", "4"]);
    await app.engine.limits.set({ functionId: "app-shared", limit: "concurrency-2" }, { limit: 3 });
    await app.clock.advance(1_000);
    expect(starting(app)).toEqual(["0", "1", "2", "4"]);
    await app.engine.limits.set(
      { functionId: "app-shared", limit: "concurrency-2", key: "db" },
      { limit: 9 },
    );
    await app.clock.advance(1_000);
    expect(starting(app)).toEqual(["0", "1", "2", "4", "5"]);
    await app.clock.advance(60_000);
    expect((await app.starts("app-shared", t0)).sort((a, b) => a - b)).toEqual([0, 1, 2, 2, 3, 10]);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("lets more in at once when a sync raises it", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1 });
    const t0 = app.clock.now();
    await app.sendAll(times(3, { ms: 10_000 }));
    await app.clock.advance(1_000);
    await app.limit({ id: "app-lane", concurrency: 2 });
    await app.clock.advance(30_000);
    expect(await app.starts("app-lane", t0)).toEqual([0, 1, 10]);
  });

  it("is refused where there is none, or it is no number", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: 1 }, { id: "app-free" });
    const { limits } = app.engine;
    const wrong = { code: "invalid_request" };
    const lane = { functionId: "app-lane", limit: "concurrency-1" };
    await expect(limits.set({ functionId: "app-no", limit: "throttle" }, { limit: 1 })).rejects.toMatchObject(
      {
        code: "function_not_found",
      },
    );
    await expect(
      limits.set({ functionId: "app-free", limit: "throttle" }, { limit: 1 }),
    ).rejects.toMatchObject(wrong);
    await expect(limits.set(lane, { limit: 0 })).rejects.toMatchObject(wrong);
    await expect(limits.set(lane, { limit: 1.5 })).rejects.toMatchObject(wrong);
    await expect(limits.set(lane, { limit: 1, burst: 1 })).rejects.toMatchObject(wrong);
    await expect(limits.set({ ...lane, key: "a" }, { limit: 2 })).rejects.toMatchObject(wrong);
  });
});
