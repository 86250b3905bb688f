import { describe, expect, it } from "vitest";
import { at, HOUR_MS, MINUTE_MS, ScheduledApp } from "./scheduled-app.ts";

const DAYS_MS = 72 * HOUR_MS;

const ticksOfDay = async (app: ScheduledApp) =>
  (await app.ticks("app-hourly")).filter((tick) => tick.startsWith("2026-01-01"));

describe("a schedule on a clock that jumps", () => {
  it("forward by days and back again goes on, from the time it is", async () => {
    const app = new ScheduledApp();
    await app.schedule("app-hourly", { cron: "0 * * * *" });
    await app.clock.advance(1.5 * HOUR_MS);
    app.clock.leap(DAYS_MS);
    await app.clock.advance(0.5 * HOUR_MS);
    app.clock.leap(-DAYS_MS);
    await app.clock.advance(2 * HOUR_MS);
    expect(await ticksOfDay(app)).toEqual([at("01:00:00"), at("03:00:00"), at("04:00:00")]);
  });

  it("forward by days and back again while nobody was there goes on, too", async () => {
    const app = new ScheduledApp();
    await app.schedule("app-hourly", { cron: "0 * * * *" });
    app.clock.leap(DAYS_MS);
    await app.clock.advance(2 * HOUR_MS);
    app.engine.crash();
    app.clock.leap(-DAYS_MS);
    await app.takeOver().start();
    await app.clock.advance(2 * HOUR_MS);
    expect(await ticksOfDay(app)).toEqual([at("03:00:00"), at("04:00:00")]);
  });

  it("back by minutes fires no tick twice, and none is left out", async () => {
    const app = new ScheduledApp();
    await app.schedule("app-often", { cron: "*/10 * * * *" });
    await app.clock.advance(35 * MINUTE_MS);
    app.clock.leap(-20 * MINUTE_MS);
    await app.clock.advance(45 * MINUTE_MS);
    const times = ["00:10:00", "00:20:00", "00:30:00", "00:40:00", "00:50:00", "01:00:00"].map(at);
    expect(await app.ticks("app-often")).toEqual(times);
  });
});
