import type { FunctionConfig } from "@stepfast/protocol";
import type { GateFilter } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { settle } from "../fake-clock.ts";
import { LimitedApp } from "./limited-app.ts";

type Limits = Partial<FunctionConfig>;

/** Events come, and then the configuration changes. */
async function changed(before: Limits, events: number, after: Limits): Promise<LimitedApp> {
  const app = new LimitedApp({ leaseMs: 60_000 });
  await app.limit({ id: "app-fn", ...before });
  for (let no = 0; no < events; no++) await app.send("go", { no });
  await app.limit({ id: "app-fn", ...after });
  return app;
}

const sizes = (app: LimitedApp) => app.calls.map(({ request }) => request.events.length);

describe("events that wait while their function's configuration changes", () => {
  it("in a batch go by the shorter time-out, also if none comes any more", async () => {
    const batch = (timeout: string) => ({ batchEvents: { maxSize: 9, timeout } });
    const app = await changed(batch("1d"), 2, batch("10s"));
    await app.clock.advance(9_000);
    expect(sizes(app)).toEqual([]);
    await app.clock.advance(2_000);
    expect(sizes(app)).toEqual([2]);
  });

  it("in a batch become a run at once when it is full now, and no event joins it", async () => {
    const batch = (maxSize: number) => ({ batchEvents: { maxSize, timeout: "1d" } });
    const app = await changed(batch(9), 4, batch(3));
    await app.clock.advance(1_000);
    expect(sizes(app)).toEqual([4]);
  });

  it("in a batch or debounce that is no more become runs at once", async () => {
    const batched = await changed({ batchEvents: { maxSize: 9, timeout: "1d" } }, 2, {});
    const debounced = await changed({ debounce: { period: "1d" } }, 2, {});
    await batched.clock.advance(1_000);
    await debounced.clock.advance(1_000);
    expect([sizes(batched), sizes(debounced)]).toEqual([[2], [1]]);
  });

  it("at a debounce are put off no longer than its period now is", async () => {
    const app = await changed({ debounce: { period: "1d" } }, 1, { debounce: { period: "10s" } });
    await app.clock.advance(9_000);
    expect(sizes(app)).toEqual([]);
    await app.clock.advance(2_000);
    expect(sizes(app)).toEqual([1]);
  });

  it("at a throttle start at the pace that it now has", async () => {
    const throttle = (period: string) => ({ throttle: { limit: 1, period } });
    const app = await changed(throttle("1d"), 3, throttle("1s"));
    await app.clock.advance(10_000);
    expect(app.calls.length).toBe(3);
  });
});

it("a batch that was put away takes in an event at the moment at which it is brought back, and is over then", async () => {
  const app = new LimitedApp({ leaseMs: 60_000 });
  const batch = { id: "app-fn", batchEvents: { maxSize: 9, timeout: "5s" } };
  await app.limit(batch);
  await app.send("go", { no: 0 });
  await app.engine.removeApp("app");
  await app.clock.advance(10_000);
  const { store } = app;
  const listGates = store.listGates.bind(store);
  let isFirst = true;
  // Between the look at what was put away and the commit that wakes it.
  store.listGates = async (filter: GateFilter) => {
    const found = await listGates(filter);
    if (isFirst && found.some((gate) => gate.kind === "batch")) {
      isFirst = false;
      await app.engine.send([{ name: "go", data: { no: 1 } }]);
      await settle();
    }
    return found;
  };
  await app.limit(batch);
  await app.clock.advance(10_000);
  expect(isFirst).toBe(false);
  expect(sizes(app)).toEqual([2]);
});

it("an event that finds no room in a batch keeps its idempotency key for the run that it becomes", async () => {
  const app = new LimitedApp({ leaseMs: 60_000 });
  const batchEvents = { maxSize: 9, timeout: "5s" };
  await app.limit({ id: "app-fn", batchEvents, idempotency: "event.data.no" });
  const text = "x".repeat(3_000_000);
  for (const no of [1, 2, 3, 4]) await app.send("go", { no, text });
  await app.send("go", { no: 4 });
  await app.clock.advance(10_000);
  const runs = await app.runs("app-fn");
  const last = runs.filter(({ status }) => status === "completed").at(-1);
  const skipped = runs.find(({ status }) => status === "skipped");
  expect(sizes(app)).toEqual([3, 1]);
  expect(JSON.parse(skipped?.output ?? "{}")).toEqual({ reason: "idempotency", existingRunId: last?.id });
});
