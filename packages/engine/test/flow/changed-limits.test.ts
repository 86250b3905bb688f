import { describe, expect, it } from "vitest";
import { LimitedApp } from "./limited-app.ts";

const times = (count: number, data: Record<string, string | number> = {}) =>
  Array.from({ length: count }, (_, no) => ({ no, ...data }));

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
    const change = { at, limit: "concurrency-1", key: null };
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

  it("lets in whom it should even if the node dies over the change", async () => {
    const app = new LimitedApp({ leaseMs: 3_000 });
    await app.limit({ id: "app-lane", concurrency: 1 });
    const t0 = app.clock.now();
    await app.sendAll(times(3, { ms: 60_000 }));
    const commit = app.store.commit.bind(app.store);
    app.store.commit = () => Promise.reject(new Error("died"));
    const choice = { functionId: "app-lane", limit: "concurrency-1" };
    await expect(app.engine.limits.set(choice, { limit: 3 })).rejects.toThrow("died");
    app.engine.crash();
    app.store.commit = commit;
    await app.takeOver().start();
    await app.clock.advance(1_000);
    expect(await app.starts("app-lane", t0)).toEqual([0, 0, 0]);
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
