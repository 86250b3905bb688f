import { afterEach, expect, test } from "vitest";
import { Api } from "./api.ts";
import { Gate } from "./gate.ts";
import { until } from "./patience.ts";
import { ours, theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

test.each([ours, theirs])(
  "$name: a run that could not start within `timeouts.start` is cancelled",
  async (sdk) => {
    // There is room for one run at a time.
    const server = await devServer({ tuning: { maxHotRuns: 1 } });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const app = new App(sdk, new Api(server.url));
    cleanUps.add(() => app.stop());
    const busy = new Gate();
    const before = app.client.createFunction({ id: "before", triggers: { event: app.event("before") } }, () =>
      busy.pass(),
    );
    const late = app.client.createFunction(
      { id: "late", triggers: { event: app.event("late") }, timeouts: { start: "1s" } },
      () => app.ledger.note("late"),
    );
    await app.start([before, late]);
    await app.send("before");
    await busy.reached;
    const id = await app.send("late");
    const sentAt = Date.now();
    await until(
      "the time to run out",
      () => Date.now(),
      (now) => now - sentAt > 1_500,
    );
    expect((await app.api.runsOf(id)).map((run) => run.status)).toEqual(["QUEUED"]);
    busy.open();
    expect((await app.api.outcome(id)).status).toBe("CANCELLED");
    expect(app.ledger.lines).toEqual([]);
  },
);
