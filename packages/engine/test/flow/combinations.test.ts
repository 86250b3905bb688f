import { hashStepId, type Json } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { complete, memo, ops, type Script } from "../remote-app.ts";
import { LimitedApp } from "./limited-app.ts";

const shared = { limit: 1, scope: "env" as const, key: '"all"' };
const of = (id: string, more = {}) => ({
  id: `app-${id}`,
  triggers: [{ event: id }],
  concurrency: shared,
  ...more,
});

describe("a place that functions share is not kept by a run that cannot start", () => {
  it("because its function was removed while it waited", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit(of("a"), of("b"));
    await app.send("b", { no: 1 });
    await app.send("a", { no: 2 });
    await app.send("b", { no: 3 });
    await app.limit(of("b"));
    await app.clock.advance(5_000);
    expect(app.visits.map(({ data }) => data.no)).toEqual([1, 3]);
    await app.limit(of("a"), of("b"));
    await app.clock.advance(60_000);
    expect(app.visits.map(({ data }) => data.no)).toEqual([1, 3, 2]);
  });

  it("because its function was paused while it waited", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit(of("a"), of("b"));
    await app.send("b", { no: 1 });
    await app.send("a", { no: 2 });
    await app.send("b", { no: 3 });
    await app.engine.pauseFunction({ functionId: "app-a" });
    await app.clock.advance(5_000);
    expect(app.visits.map(({ data }) => data.no)).toEqual([1, 3]);
    await app.engine.resumeFunction("app-a");
    await app.clock.advance(60_000);
    expect(app.visits.map(({ data }) => data.no)).toEqual([1, 3, 2]);
  });
});

const statuses = async (app: LimitedApp, id: string) => (await app.runs(id)).map((run) => run.status);
const numbers = (app: LimitedApp, functionId: string) =>
  app.visits.filter((visit) => visit.functionId === functionId).map(({ data }) => data.no);

describe("controls together", () => {
  it("batches by key and condition, one at a time", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    const batchEvents = {
      maxSize: 2,
      timeout: "10s",
      key: "event.data.user",
      if: "event.data.alone != true",
    };
    await app.limit({ id: "app-batch", batchEvents, concurrency: 1 });
    const from = app.clock.now();
    await app.sendAll([{ user: "ann" }, { user: "bob" }, { user: "ann", alone: true }, { user: "ann" }]);
    await app.clock.advance(30_000);
    expect(app.peaks(() => "all").get("all")).toBe(1);
    const counts = (await app.runs("app-batch")).map(({ eventIds }) => JSON.parse(eventIds ?? "[0]").length);
    expect(counts).toEqual([2, 1, 1]);
    expect(await app.starts("app-batch", from)).toEqual([0, 1, 10]);
  });

  it("see the first event of a batch", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    const from = app.clock.now();
    const concurrency = { limit: 1, key: "event.data.user" };
    await app.limit({ id: "app-batch", batchEvents: { maxSize: 2, timeout: "10s" }, concurrency });
    const users = ["ann", "bob", "ann", "bob", "bob", "ann"];
    await app.sendAll(users.map((user) => ({ user })));
    await app.clock.advance(5_000);
    expect(await app.starts("app-batch", from)).toEqual([0, 0, 1]);
    expect(app.visits.map(({ data }) => data.user)).toEqual(["ann", "bob", "ann"]);
  });

  it("give an event of the future the place of when it was made", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit({ id: "app-lane", concurrency: 1 });
    await app.engine.send([{ name: "go", data: { no: 0 }, ts: app.clock.now() + 1_500 }]);
    await app.clock.advance(1);
    await app.sendAll([1, 2, 3].map((no) => ({ no })));
    await app.clock.advance(10_000);
    expect(numbers(app, "app-lane")).toEqual([1, 2, 0, 3]);
  });

  it("do not cancel a run for its start that has started and queues for its next step", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit({ id: "app-late", concurrency: 1, timeouts: { start: "3s" } });
    await app.sendAll([{ no: 1, naps: 1 }, { no: 2, ms: 8_000 }, { no: 3 }]);
    await app.clock.advance(60_000);
    expect(await statuses(app, "app-late")).toEqual(["completed", "completed", "cancelled"]);
    expect(numbers(app, "app-late")).toEqual([1, 2, 1]);
  });

  it("meet an event of the future when it arrives, and its run starts when its time has come", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    const from = app.clock.now();
    await app.limit(
      { id: "app-rate", rateLimit: { limit: 1, period: "1h" } },
      { id: "app-wait", debounce: { period: "2s" } },
    );
    await app.engine.send([{ name: "go", data: { no: 1 }, ts: from + 60_000 }]);
    await app.engine.send([{ name: "go", data: { no: 2 } }]);
    await app.clock.advance(90_000);
    expect(await statuses(app, "app-rate")).toEqual(["completed", "skipped"]);
    expect((await statuses(app, "app-wait")).sort()).toEqual(["completed", "skipped"]);
    expect(app.visits.map(({ data, from: at }) => [data.no, at - from])).toEqual([
      [1, 60_000],
      [1, 60_000],
    ]);
  });

  it("take an event once that several triggers of a function match", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    const triggers = [{ event: "shop/*" }, { event: "shop/order.*" }, { event: "shop/order.made" }];
    await app.limit({ id: "app-all", triggers, concurrency: 1 });
    await app.send("shop/order.made");
    await app.clock.advance(5_000);
    expect(await statuses(app, "app-all")).toEqual(["completed"]);
  });

  it("know a key that is missing, null, an object or a list as values like any other", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit({ id: "app-lane", concurrency: { limit: 1, key: "event.data.key" } });
    const keys: (Json | undefined)[] = [undefined, null, { a: 1 }, [1, "two"], "1", 1];
    const dataOf = (key: Json | undefined): Record<string, Json> => (key === undefined ? {} : { key });
    await app.engine.send([...keys, ...keys].map((key) => ({ name: "go", data: dataOf(key) })));
    await app.clock.advance(10_000);
    expect(await statuses(app, "app-lane")).toEqual(Array(12).fill("completed"));
    const peaks = [...app.peaks(({ data }) => JSON.stringify(data.key) ?? "none").values()];
    expect(Math.max(...peaks)).toBe(1);
    expect(app.peaks(() => "all").get("all")).toBeGreaterThanOrEqual(5);
  });

  it("let those who wait under an old key go by it, and those who come by the new one", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    const from = app.clock.now();
    await app.limit({ id: "app-lane", concurrency: { limit: 1, key: "event.data.user" } });
    await app.sendAll([1, 2, 3].map((no) => ({ no, user: "ann", model: no })));
    await app.limit({ id: "app-lane", concurrency: { limit: 1, key: "event.data.model" } });
    await app.sendAll([{ no: 4, user: "ann", model: 4 }]);
    await app.clock.advance(60_000);
    expect(await app.starts("app-lane", from)).toEqual([0, 0, 1, 2]);
    expect(numbers(app, "app-lane")).toEqual([1, 4, 2, 3]);
  });
});

describe("an invoking run", () => {
  const callerOf = (data: Record<string, Json>, timeout: string): Script => {
    const opts = { function_id: "app-target", payload: { data }, timeout };
    return (request) => {
      const found = memo(request, "call") as { data?: Json; error?: { message: string } } | undefined;
      if (found) return complete(found.error?.message ?? found.data ?? null);
      return ops({ id: hashStepId("call"), op: "InvokeFunction", displayName: "call", opts });
    };
  };
  const caller = callerOf({ user: "ann" }, "1y");
  const callers = { id: "app-caller", triggers: [{ event: "call" }], script: caller };
  const told = async (app: LimitedApp) => (await app.runs("app-caller")).map(({ output }) => output);

  it("hears that another took the place of the singleton it invoked", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit({ id: "app-target", singleton: { mode: "cancel" } }, callers);
    await app.send("call");
    await app.sendAll([{ no: 2 }]);
    await app.clock.advance(10_000);
    expect(await statuses(app, "app-target")).toEqual(["cancelled", "completed"]);
    expect((await told(app))[0]).toMatch(/cancelled/);
  });

  it("hears that the run it invoked waited too long for its start", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit({ id: "app-target", concurrency: 1, timeouts: { start: "2s" } }, callers);
    await app.sendAll([{ ms: 60_000 }]);
    await app.send("call");
    await app.clock.advance(10_000);
    expect((await told(app))[0]).toMatch(/cancelled/);
  });

  it("that holds its whole function and invokes it waits until the invoke's time-out", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    const self = callerOf({ deep: true }, "1m");
    const script: Script = (request, call) =>
      (request.event.data as { deep?: boolean }).deep ? complete("deep") : self(request, call);
    const concurrency = { fn: { limit: 1 } } as never;
    await app.limit({ id: "app-target", triggers: [{ event: "call" }], concurrency, script });
    await app.send("call");
    await app.clock.advance(59_000);
    expect(await statuses(app, "app-target")).toEqual(["running", "queued"]);
    await app.clock.advance(2_000);
    expect(await statuses(app, "app-target")).toEqual(["completed", "completed"]);
  });

  it("hears that the function it invoked skips its events", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit({ id: "app-target" }, callers);
    await app.engine.pauseFunction({ functionId: "app-target", events: "skip" });
    await app.send("call");
    await app.clock.advance(1_000);
    expect((await told(app))[0]).toMatch(/paused/);
  });

  it("hears of the idempotency key of another run, and gets the result of one that was throttled", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    const throttle = { limit: 1, period: "10s" };
    await app.limit({ id: "app-target", throttle, idempotency: "event.data.user" }, callers);
    await app.sendAll([{ user: "bob" }]);
    await app.send("call");
    await app.send("call");
    await app.clock.advance(30_000);
    const [first, second] = await told(app);
    expect([first, second]).toEqual(['"done"', expect.stringMatching(/idempotency/)]);
  });
});
