import type { FunctionConfig, InlineFunction } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { complete } from "../remote-app.ts";
import { LimitedApp } from "./limited-app.ts";

const both = [
  { id: "app-late", debounce: { period: "5s", key: "event.data.user" }, concurrency: 1 },
  { id: "app-many", batchEvents: { maxSize: 9, timeout: "5s", key: "event.data.user" }, concurrency: 1 },
];
const users = ["ann", "bob", "cy"].map((user) => ({ user }));

describe("what is due while its function is not registered", () => {
  it.each([
    ["on one node", false],
    ["on several, none of which knows", true],
  ])("waits, and passes the function's limits when it is: %s", async (_, isShared) => {
    const app = new LimitedApp({ isShared });
    await app.limit(...both);
    if (isShared) await app.takeOver().start();
    const t0 = app.clock.now();
    await app.sendAll(users);
    await app.engine.removeApp("app");
    await app.clock.advance(60_000);
    expect(app.visits).toEqual([]);
    expect([await app.runs("app-late"), await app.runs("app-many")]).toEqual([[], []]);
    await app.limit(...both);
    await app.clock.advance(20_000);
    expect(await app.starts("app-late", t0)).toEqual([60, 61, 62]);
    expect(await app.starts("app-many", t0)).toEqual([60, 61, 62]);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("takes in events that come at the moment at which it is registered again", async () => {
    const app = new LimitedApp();
    await app.limit(...both);
    await app.sendAll([{ user: "ann", no: 1 }]);
    await app.engine.removeApp("app");
    await app.clock.advance(60_000);
    await app.limit(...both);
    await app.sendAll([{ user: "ann", no: 2 }]);
    await app.clock.advance(20_000);
    const sizes = app.calls.map(({ functionId, request }) => `${functionId} ${request.events.length}`);
    expect(sizes.sort()).toEqual(["app-late 1", "app-many 2"]);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("is kept no longer than what is old, where nobody registers it again", async () => {
    const app = new LimitedApp({ leaseMs: 36_000_000, retention: { keepMs: 60_000 } });
    const patient = { id: "app-patient", debounce: { period: "1d" } };
    await app.limit({ ...patient, triggers: [{ event: "come" }] }, ...both);
    await app.send("go", { user: "ann" });
    await app.engine.removeApp("app");
    await app.clock.advance(4_000_000);
    expect(await app.store.listEvents({})).toEqual([]);
    await app.limit({ ...patient, triggers: [{ event: "come" }] }, ...both);
    const kept = await app.send("come");
    await app.clock.advance(4_000_000);
    expect((await app.store.listEvents({ name: "come" })).map(({ id }) => id)).toEqual([kept]);
    // The batch is closed all the same, by a run that says what is missing.
    const [failed] = await app.store.listEvents({ name: "inngest/function.failed" });
    expect(failed?.data).toContain("is not there any more");
  });

  it("waits for the code of this process after a restart", async () => {
    const app = new LimitedApp();
    const late = inlineFunction({ ...both[0], id: "app-late" });
    await app.engine.start();
    await app.engine.registerInline({ id: "app", functions: [late] });
    await app.sendAll(users);
    app.engine.crash();
    await app.clock.advance(60_000);
    const next = app.takeOver();
    await next.start();
    await app.clock.advance(10_000);
    expect(await app.runs("app-late")).toEqual([]);
    await next.registerInline({ id: "app", functions: [late] });
    await app.clock.advance(10_000);
    const runs = await app.runs("app-late");
    expect(runs.map(({ status }) => status)).toEqual(Array(3).fill("completed"));
    expect(runs.every(({ flow, rank }) => flow === null && rank > 0)).toBe(true);
    expect(peak()).toBe(1);
    expect(await app.store.listGates({})).toEqual([]);
  });
});

let under = 0;
let most = 0;
const peak = () => most;

/** Notes how many calls of it are under way at a time. */
function inlineFunction(limits: Partial<FunctionConfig> & { id: string }): InlineFunction {
  const config: FunctionConfig = {
    name: limits.id,
    triggers: [{ event: "go" }],
    ...limits,
    steps: { step: { id: "step", name: "step", runtime: { type: "inline", url: "inline:" } } },
  };
  const nothing = () => {};
  return {
    configs: () => [config],
    call: () => {
      most = Math.max(most, ++under);
      const answer = new Promise<ReturnType<typeof complete>>((resolve) => {
        setImmediate(() => {
          under--;
          resolve(complete("done"));
        });
      });
      return {
        answer,
        settle: nothing,
        retry: nothing,
        widen: nothing,
        cancel: async () => {},
        stop: nothing,
      };
    },
  };
}
