import type { TriggerConfig } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { at, HOUR_MS, MINUTE_MS, ScheduledApp } from "./scheduled-app.ts";

const PATIENT = { leaseMs: HOUR_MS };

describe("a schedule", () => {
  it("starts one run a tick, with an event that says which", async () => {
    const app = new ScheduledApp(PATIENT);
    await app.schedule("app-hourly", { cron: "0 * * * *" });
    await app.clock.advance(2.5 * HOUR_MS);
    expect(await app.ticks("app-hourly")).toEqual([at("01:00:00"), at("02:00:00")]);
    const [run] = await app.runs("app-hourly");
    expect(run).toMatchObject({ origin: "cron", status: "completed" });
    expect(app.calls[0]?.request.event).toMatchObject({
      name: "inngest/scheduled.timer",
      id: at("01:00:00"),
      data: { cron: "0 * * * *", scheduledAt: at("01:00:00"), fireAt: at("01:00:00") },
      ts: Date.parse(at("01:00:00")),
    });
  });

  it("may be one of several, beside events", async () => {
    const app = new ScheduledApp(PATIENT);
    await app.schedule("app-both", { cron: "0 * * * *" }, { event: "go" }, { cron: "30 0 1 * * *" });
    await app.clock.advance(1.5 * HOUR_MS);
    await app.send("go");
    await app.clock.advance(5_000);
    expect(await app.ticks("app-both")).toEqual([at("01:00:00"), at("01:00:30")]);
    expect((await app.runs("app-both")).map((run) => run.origin)).toEqual(["cron", "cron", "event"]);
  });

  it("of the same time starts each function, and none for another's tick", async () => {
    const app = new ScheduledApp(PATIENT);
    const hourly = { triggers: [{ cron: "0 * * * *" }] };
    await app.limit({ id: "app-one", ...hourly }, { id: "app-two", ...hourly });
    await app.clock.advance(HOUR_MS + 5_000);
    expect(await app.ticks("app-one")).toEqual([at("01:00:00")]);
    expect(await app.ticks("app-two")).toEqual([at("01:00:00")]);
  });

  it("also starts those who trigger on ticks as events", async () => {
    const app = new ScheduledApp(PATIENT);
    const listener = { id: "app-all", triggers: [{ event: "inngest/scheduled.timer" }] };
    await app.limit({ id: "app-hourly", triggers: [{ cron: "0 * * * *" }] }, listener);
    await app.clock.advance(HOUR_MS + 5_000);
    expect((await app.runs("app-hourly")).map((run) => run.origin)).toEqual(["cron"]);
    expect((await app.runs("app-all")).map((run) => run.origin)).toEqual(["event"]);
  });

  it("moves each start by its jitter", async () => {
    const app = new ScheduledApp(PATIENT);
    await app.schedule("app-jitter", { cron: "* * * * *", jitter: "50s" });
    await app.clock.advance(20 * MINUTE_MS);
    const delays = app.visits.map(({ from }) => from % MINUTE_MS);
    expect(delays.length).toBeGreaterThanOrEqual(19);
    expect(Math.max(...delays)).toBeLessThanOrEqual(50_000);
    expect(new Set(delays).size).toBeGreaterThan(10);
    const fireAts = app.calls.map(({ request }) =>
      Date.parse(String((request.event.data as { fireAt: string }).fireAt)),
    );
    expect(fireAts).toEqual(app.visits.map(({ from }) => from));
  });

  it("goes through the function's limits like any other event", async () => {
    const app = new ScheduledApp(PATIENT);
    const limited = (triggers: TriggerConfig[]) =>
      app.limit(
        { id: "app-whole", triggers, throttle: { limit: 1, period: "25s" } },
        { id: "app-rate", triggers, rateLimit: { limit: 2, period: "1m" } },
        { id: "app-batch", triggers, batchEvents: { maxSize: 3, timeout: "10m" } },
      );
    await limited([{ cron: "*/10 * * * * *" }]);
    const t0 = app.clock.now();
    await app.clock.advance(35_000);
    await limited([{ event: "go" }]);
    await app.clock.advance(60_000);
    expect(await app.starts("app-whole", t0)).toEqual([10, 35, 60]);
    const rate = (await app.runs("app-rate")).map((run) => run.status);
    expect(rate).toEqual(["completed", "completed", "skipped"]);
    const batch = app.calls.filter((call) => call.functionId === "app-batch");
    expect(batch.map(({ request }) => request.events.map((event) => event.id))).toEqual([
      [at("00:00:10"), at("00:00:20"), at("00:00:30")],
    ]);
  });

  it("that cannot be read or never comes is refused, naming function and key", async () => {
    const app = new ScheduledApp(PATIENT);
    for (const cron of ["0 0 30 2 *", "61 * * * *", "TZ=Mars/Olympus 0 9 * * *", "0 9 * *"]) {
      const refused = app.schedule("app-wrong", { event: "go" }, { cron });
      await expect(refused).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringContaining("app-wrong: triggers[1].cron:"),
      });
    }
    const wrongPolicy = { cron: "@daily", catchUp: "twice" as "all" };
    await expect(app.schedule("app-wrong", wrongPolicy)).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining("triggers[0].catchUp"),
    });
    expect(await app.schedules()).toEqual([]);
  });
});

describe("a schedule and its registration", () => {
  it("is not changed by registering the same again, and loses no tick to it", async () => {
    const app = new ScheduledApp(PATIENT);
    await app.schedule("app-hourly", { cron: "0 * * * *" });
    const before = await app.schedules();
    await app.clock.advance(HOUR_MS - 1);
    await app.schedule("app-hourly", { cron: "0 * * * *" });
    expect(await app.schedules()).toEqual(before);
    await app.clock.advance(1);
    await app.schedule("app-hourly", { cron: "0 * * * *" });
    await app.clock.advance(5_000);
    expect(await app.ticks("app-hourly")).toEqual([at("01:00:00")]);
  });

  it("goes on where it stood when its jitter or policy changes, and begins anew when its times do", async () => {
    const app = new ScheduledApp(PATIENT);
    await app.schedule("app-fn", { cron: "0 * * * *" });
    const [first] = await app.schedules();
    await app.schedule("app-fn", { cron: "0 * * * *", jitter: "10s", catchUp: "all" });
    const [second] = await app.schedules();
    expect(second?.id).toBe(first?.id);
    expect(JSON.parse(second?.state ?? "")).toMatchObject({ jitterMs: 10_000, catchUp: "all" });
    await app.schedule("app-fn", { cron: "30 * * * *" });
    const [third, ...rest] = await app.schedules();
    expect(third?.id).not.toBe(first?.id);
    expect(rest).toEqual([]);
    await app.clock.advance(1.25 * HOUR_MS);
    expect(await app.ticks("app-fn")).toEqual([at("00:30:00")]);
  });

  it("ends with its function, and with its app", async () => {
    const app = new ScheduledApp(PATIENT);
    const hourly = { triggers: [{ cron: "0 * * * *" }] };
    await app.limit({ id: "app-one", ...hourly }, { id: "app-two", ...hourly });
    await app.limit({ id: "app-two", ...hourly });
    expect((await app.schedules()).map((gate) => gate.functionId)).toEqual(["app-two"]);
    await app.engine.removeApp("app");
    expect(await app.schedules()).toEqual([]);
    await app.clock.advance(2 * HOUR_MS);
    expect(app.calls).toEqual([]);
  });

  it("that was stored before it was checked does not keep a node from starting", async () => {
    const app = new ScheduledApp(PATIENT);
    await app.schedule("app-fn", { cron: "0 * * * *" }, { event: "go" });
    const functions = (await app.store.listFunctions()).map((row) => ({
      ...row,
      config: row.config.replace("0 * * * *", "0 0 30 2 *"),
    }));
    const [registered] = await app.store.listApps();
    if (!registered) throw new Error("no app");
    await app.store.putApp({ app: registered, functions, now: app.clock.now() });
    app.engine.crash();
    const next = app.takeOver();
    await next.start();
    await next.send([{ name: "go" }]);
    await app.clock.advance(2 * HOUR_MS);
    expect((await app.runs("app-fn")).map((run) => run.status)).toEqual(["completed"]);
  });
});
