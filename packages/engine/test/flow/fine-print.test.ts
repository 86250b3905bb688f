import { describe, expect, it } from "vitest";
import { passRate, type RateMarks } from "../../src/domain/flow/rate-window.ts";
import { matchesName } from "../../src/domain/function-index.ts";
import { dice, seeds } from "../expression-dice.ts";
import { LimitedApp } from "./limited-app.ts";

const statuses = async (app: LimitedApp, id: string) => (await app.runs(id)).map((run) => run.status);
const reasons = async (app: LimitedApp, id: string) =>
  (await app.runs(id)).map(({ status, output }) =>
    status === "skipped" ? JSON.parse(output ?? "{}").reason : status,
  );

describe("a key", () => {
  it("that is false leaves an event out of rateLimit and singleton", async () => {
    const app = new LimitedApp();
    const key = "event.data.user == 'vip' ? false : event.data.user";
    await app.limit(
      { id: "app-rate", rateLimit: { limit: 1, period: "1h", key } },
      { id: "app-single", singleton: { mode: "skip", key } },
    );
    await app.sendAll(["vip", "vip", "ann", "ann"].map((user) => ({ user })));
    await app.clock.advance(5_000);
    const expected = ["completed", "completed", "completed", "skipped"];
    expect(await statuses(app, "app-rate")).toEqual(expected);
    expect(await statuses(app, "app-single")).toEqual(expected);
  });

  it("that cannot be evaluated is one value for all such events", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-lane", concurrency: { limit: 1, key: "event.data.user.name + 1" } });
    await app.sendAll([{ user: 1 }, { user: 2 }, { no: 3 }]);
    await app.clock.advance(5_000);
    expect(app.peaks(() => "all").get("all")).toBe(1);
    expect(await statuses(app, "app-lane")).toEqual(Array(3).fill("completed"));
  });
});

describe("rateLimit", () => {
  it("neither limits nor counts a run that is repeated", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-rate", rateLimit: { limit: 2, period: "1h" } });
    await app.sendAll([{ no: 1 }]);
    await app.clock.advance(2_000);
    const { id } = await app.onlyRun("app-rate");
    for (let no = 0; no < 3; no++) await app.engine.rerun({ runId: id });
    await app.sendAll([{ no: 2 }, { no: 3 }]);
    await app.clock.advance(2_000);
    const counts = (await statuses(app, "app-rate")).sort();
    expect(counts).toEqual([...Array(5).fill("completed"), "skipped"]);
  });

  for (const seed of seeds(1)) {
    it.each([7, 1_000, 2_500])(`of %i is exact up to 1,000, never lets more pass (seed ${seed})`, (limit) => {
      const rolls = dice(seed);
      const rule = { limit, periodMs: 3_000 };
      const passed: number[] = [];
      const wrong: number[] = [];
      let marks: RateMarks = [];
      let first = 0;
      for (let now = 0; now < 12_000; now += rolls.chance(0.001) ? rolls.below(4_000) : rolls.below(3)) {
        const result = passRate(marks, rule, now);
        while ((passed[first] ?? now) <= now - rule.periodMs) first++;
        const mayPass = passed.length - first < limit;
        if (result.passes ? !mayPass : mayPass && limit <= 1_000) wrong.push(now);
        if (result.passes) passed.push(now);
        marks = result.marks;
      }
      expect(wrong).toEqual([]);
      expect(passed.length).toBeGreaterThan(0);
    });
  }
});

describe("idempotency", () => {
  it("is asked when an event is put into a batch", async () => {
    const app = new LimitedApp();
    const batchEvents = { maxSize: 3, timeout: "5s" };
    await app.limit({ id: "app-batch", batchEvents, idempotency: "event.data.order" });
    await app.sendAll(["1", "2", "1", "3", "2"].map((order) => ({ order })));
    await app.clock.advance(10_000);
    expect((await reasons(app, "app-batch")).sort()).toEqual(["completed", "idempotency", "idempotency"]);
    expect(app.calls.map(({ request }) => request.events.map(({ data }) => data))).toEqual([
      [{ order: "1" }, { order: "2" }, { order: "3" }],
    ]);
  });
});

describe("priority", () => {
  it("is at most 600 seconds, and 0 where it is no number", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000 });
    await app.limit({ id: "app-lane", concurrency: 1, priority: { run: "event.data.p" } });
    await app.sendAll([{ no: 0, p: 0, ms: 2_000_000 }]);
    await app.sendAll([{ no: 1, p: 599 }]);
    await app.clock.advance(500);
    // Half a second later: 600 seconds are ahead of 599, and so is what counts as 600.
    await app.sendAll([
      { no: 2, p: 99_999 },
      { no: 3, p: "soon" },
      { no: 4, p: -99_999 },
      { no: 5, p: -601.5 },
    ]);
    await app.clock.advance(3_000_000);
    expect(app.visits.map(({ data }) => data.no)).toEqual([0, 2, 1, 3, 4, 5]);
  });
});

describe("a trigger's name", () => {
  it.each([
    ["order/*", "order/paid", true],
    ["order/*", "order/eu/paid", true],
    ["order/eu.*", "order/eu.paid", true],
    ["order/*", "order/", false],
    ["order/*", "orders/paid", false],
    ["ord*", "order/paid", false],
    ["*", "order/paid", false],
    ["order/paid", "order/paid", true],
    ["order/paid", "order/paid.late", false],
  ])("%s, and the event %s: %s", (pattern, name, isMatch) => {
    expect(matchesName(pattern, name)).toBe(isMatch);
  });
});
