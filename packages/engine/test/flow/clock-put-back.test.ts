import type { FunctionConfig } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { LimitedApp } from "./limited-app.ts";

const HOUR_MS = 3_600_000;
const DAYS_MS = 3 * 24 * HOUR_MS;

/** The clock was days ahead when the events came, and is right again. */
async function afterwards(limits: Partial<FunctionConfig>, events: number): Promise<LimitedApp> {
  const app = new LimitedApp();
  await app.limit({ id: "app-fn", ...limits });
  app.clock.leap(DAYS_MS);
  for (let no = 0; no < events; no++) await app.send("go", { no });
  await app.clock.advance(6_000);
  app.clock.leap(-DAYS_MS);
  return app;
}

const started = (app: LimitedApp) => app.visits.map(({ data }) => data.no);

describe("limits met by a clock that was ahead, once it has been put back", () => {
  it("a throttle lets who waits start, at its pace", async () => {
    const app = await afterwards({ throttle: { limit: 1, period: "10s" } }, 3);
    const t0 = app.clock.now();
    await app.clock.advance(60_000);
    expect(started(app)).toEqual([0, 1, 2]);
    const [, second = 0, third = 0] = await app.starts("app-fn", t0);
    expect(third - second).toBe(10);
    await app.send("go", { no: 3 });
    expect(started(app)).toEqual([0, 1, 2, 3]);
  });

  it("a rate limit takes events in", async () => {
    const app = await afterwards({ rateLimit: { limit: 2, period: "1h" } }, 3);
    for (const no of [3, 4, 5]) await app.send("go", { no });
    await app.clock.advance(5_000);
    expect(started(app)).toEqual([0, 1, 3, 4]);
  });

  it("a debounce is over in time", async () => {
    const app = await afterwards({ debounce: { period: "10s" } }, 2);
    await app.clock.advance(60_000);
    expect(started(app)).toEqual([1]);
  });

  it("a debounce is put off no longer than its time-out", async () => {
    const app = await afterwards({ debounce: { period: "10s", timeout: "30s" } }, 1);
    for (let no = 1; no < 12; no++) {
      await app.send("go", { no });
      await app.clock.advance(5_000);
    }
    expect(started(app).length).toBeGreaterThan(0);
  });

  it("a batch is closed in time", async () => {
    const app = await afterwards({ batchEvents: { maxSize: 9, timeout: "10s" } }, 2);
    await app.clock.advance(60_000);
    expect(app.calls.map(({ request }) => request.events.length)).toEqual([2]);
  });

  it("what is old is deleted in time", async () => {
    const app = new LimitedApp({ retention: { keepMs: 60_000 } });
    app.clock.leap(DAYS_MS);
    await app.limit({ id: "app-fn" });
    await app.clock.advance(5_000);
    app.clock.leap(-DAYS_MS);
    await app.send("go");
    await app.clock.advance(2 * HOUR_MS);
    expect(await app.runs("app-fn")).toEqual([]);
  });
});
