import type { FunctionConfig, InlineFunction } from "@stepfast/protocol";
import type { ChangeSet } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { settle } from "../fake-clock.ts";
import { complete } from "../remote-app.ts";
import { at, HOUR_MS, MINUTE_MS, ScheduledApp } from "./scheduled-app.ts";

const PATIENT = { leaseMs: 10 * HOUR_MS };

describe("a schedule", () => {
  it.each([
    ["skip", ["01:00:00", "05:00:00"]],
    ["one", ["01:00:00", "04:00:00", "05:00:00"]],
    ["all", ["01:00:00", "02:00:00", "03:00:00", "04:00:00", "05:00:00"]],
  ] as const)("goes on after a restart, without being registered again: %s", async (catchUp, expected) => {
    const app = new ScheduledApp(PATIENT);
    await app.schedule("app-hourly", { cron: "0 * * * *", catchUp });
    await app.clock.advance(1.5 * HOUR_MS);
    app.engine.crash();
    await app.clock.advance(3 * HOUR_MS);
    await app.takeOver().start();
    await app.clock.advance(HOUR_MS);
    expect(await app.ticks("app-hourly")).toEqual(expected.map(at));
    expect((await app.runs("app-hourly")).map((run) => run.status)).toEqual(expected.map(() => "completed"));
  });

  it("starts one run a tick on several nodes", async () => {
    const app = new ScheduledApp({ leaseMs: 15_000, isShared: true });
    await app.schedule("app-minutely", { cron: "* * * * *" });
    const others = [app.takeOver(), app.takeOver()];
    for (const other of others) await other.start();
    await app.clock.advance(3.5 * MINUTE_MS);
    app.engine.crash();
    await app.clock.advance(3 * MINUTE_MS);
    const minutes = [1, 2, 3, 4, 5, 6].map((minute) => at(`00:0${minute}:00`));
    expect(await app.ticks("app-minutely")).toEqual(minutes);
    expect((await app.runs("app-minutely")).every((run) => run.status === "completed")).toBe(true);
  });

  it("follows on all nodes what was registered or removed on one", async () => {
    const app = new ScheduledApp({ leaseMs: 15_000, isShared: true });
    const other = app.takeOver();
    await other.start();
    await app.schedule("app-minutely", { cron: "* * * * *" });
    await app.clock.advance(10_000);
    app.engine.crash();
    await app.clock.advance(2 * MINUTE_MS);
    expect(await app.ticks("app-minutely")).toEqual([at("00:01:00"), at("00:02:00")]);
    await other.removeApp("app");
    const third = app.takeOver();
    await third.start();
    await app.clock.advance(2 * MINUTE_MS);
    expect(await app.ticks("app-minutely")).toHaveLength(2);
    expect(await app.schedules()).toEqual([]);
  });

  it.each(["before", "after"])(
    "starts one run a tick when its node dies %s any of its commits",
    async (when) => {
      for (let commit = 0; commit < 8; commit++) {
        const app = new ScheduledApp({ leaseMs: 3_000 });
        await app.schedule("app-minutely", { cron: "* * * * *", catchUp: "all" });
        dieAt(app, commit, when === "before");
        await app.clock.advance(1.5 * MINUTE_MS);
        app.engine.crash();
        await app.takeOver().start();
        await app.clock.advance(1.2 * MINUTE_MS);
        expect(await app.ticks("app-minutely"), `commit ${commit}`).toEqual([at("00:01:00"), at("00:02:00")]);
        const statuses = (await app.runs("app-minutely")).map((run) => run.status);
        expect(statuses, `commit ${commit}`).toEqual(["completed", "completed"]);
      }
    },
  );

  it("of code in this process waits until the code has come, and then catches up", async () => {
    const app = new ScheduledApp(PATIENT);
    const daily = inlineFunction("app-hourly", "0 * * * *");
    await app.engine.start();
    await app.engine.registerInline({ id: "app", functions: [daily] });
    await app.clock.advance(1.5 * HOUR_MS);
    app.engine.crash();
    await app.clock.advance(2 * HOUR_MS);
    const next = app.takeOver();
    await next.start();
    await app.clock.advance(30_000);
    expect(await app.ticks("app-hourly")).toEqual([at("01:00:00")]);
    await next.registerInline({ id: "app", functions: [daily] });
    await app.clock.advance(HOUR_MS);
    expect(await app.ticks("app-hourly")).toEqual([at("01:00:00"), at("03:00:00"), at("04:00:00")]);
    const statuses = (await app.runs("app-hourly")).map((run) => run.status);
    expect(statuses).toEqual(["completed", "completed", "completed"]);
  });

  it("is there after a death between the registration and the ledger", async () => {
    const app = new ScheduledApp({ leaseMs: 3_000 });
    // The first commit promises to look at who waits.
    dieAt(app, 1, true);
    await expect(app.schedule("app-minutely", { cron: "* * * * *" })).rejects.toThrow("died");
    await app.takeOver().start();
    await app.clock.advance(1.2 * MINUTE_MS);
    expect(await app.ticks("app-minutely")).toEqual([at("00:01:00")]);
  });
});

/** The engine dies with its n-th commit from now on: before it is carried out, or right after. */
function dieAt(app: ScheduledApp, commit: number, isBefore: boolean): void {
  const carryOut = app.store.commit.bind(app.store);
  let left = commit;
  app.store.commit = async (changes: ChangeSet) => {
    if (left-- > 0) return carryOut(changes);
    app.store.commit = carryOut;
    app.engine.crash();
    if (!isBefore) await carryOut(changes);
    await settle(1);
    throw new Error("died");
  };
}

function inlineFunction(id: string, cron: string): InlineFunction {
  const config: FunctionConfig = {
    id,
    name: id,
    triggers: [{ cron }],
    steps: { step: { id: "step", name: "step", runtime: { type: "inline", url: "inline:" } } },
  };
  return {
    configs: () => [config],
    call: () => ({
      answer: Promise.resolve(complete("done")),
      settle: () => {},
      retry: () => {},
      widen: () => {},
      cancel: async () => {},
      stop: () => {},
    }),
  };
}
