import type { DevServer } from "@stepfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Api, type RunView } from "./api.ts";
import { Gate } from "./gate.ts";
import { until } from "./patience.ts";
import { theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

/*
 * The numbers of SERVER §2.4, and an example of every control, with the published SDK on a real clock. Everything here runs at the
 * same time: the file takes as long as the longest throttle.
 */

const cleanUps = new CleanUps();
let server: DevServer;
let api: Api;

beforeAll(async () => {
  server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  api = new Api(server.url);
});
afterAll(() => cleanUps.run());

function newApp(): App {
  const app = new App(theirs, api);
  cleanUps.add(() => app.stop());
  return app;
}

type Blocked = RunView & { blocker: { kind: string; until: string | null } | null };

const blocked = async (id: string) => (await api.run(id)) as Blocked;
const startOf = (run: RunView | undefined) => Date.parse(run?.startedAt ?? "");
const onlyRun = async (eventId: string) => {
  const [run] = await api.runsOf(eventId);
  if (!run) throw new Error(`event ${eventId} has no run`);
  return run;
};

/** Events of one request: they arrive at the same moment. */
async function sendTogether(app: App, list: Record<string, unknown>[]): Promise<string[]> {
  const events = list.map(({ ts, ...data }) => ({ name: app.event("go"), data, ...(ts ? { ts } : {}) }));
  const response = await api.request("POST", "/e/key", events);
  return ((await response.json()) as { ids: string[] }).ids;
}

describe.concurrent("throttle", () => {
  test.each([
    ["1 in 5 s", { limit: 1, burst: undefined }, 5_000],
    ["2 in 5 s", { limit: 2, burst: undefined }, 2_500],
    ["1 in 5 s and a burst of 1", { limit: 1, burst: 1 }, 5_000],
    ["2 in 5 s and a burst of 1", { limit: 2, burst: 1 }, 2_500],
  ])("%s: all of them at once, then one more each period / limit", async (_, { limit, burst }, eachMs) => {
    const app = newApp();
    const numbers = burst === undefined ? { limit } : { limit, burst };
    const fn = app.client.createFunction(
      { id: "call", triggers: { event: app.event("go") }, throttle: { ...numbers, period: "5s" } },
      async ({ step }) => {
        await step.run("start", () => true);
        await step.run("more", () => true);
      },
    );
    await app.start([fn]);
    const atOnce = limit + (burst ?? 0);
    const ids = await sendTogether(app, Array(atOnce + 1).fill({}));
    const runs = await Promise.all(ids.map(onlyRun));
    const { blocker } = await blocked(runs.at(-1)?.id ?? "");
    const ends = await Promise.all(runs.map((run) => api.ended(run.id)));
    expect(ends.map((run) => run.status)).toEqual(ids.map(() => "COMPLETED"));
    const [first = 0, ...others] = ends.map(startOf);
    const last = others.pop();
    expect(others).toEqual(others.map(() => first));
    expect(last).toBeGreaterThanOrEqual(first + eachMs);
    // Unless this machine took so long over the question.
    if (blocker?.until) expect(Date.parse(blocker.until)).toBe(first + eachMs);
  });

  test("counts each key by itself, and no steps", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      {
        id: "call",
        triggers: { event: app.event("go") },
        throttle: { limit: 1, period: "1h", key: "event.data.user" },
      },
      async ({ step }) => {
        for (const name of ["one", "two", "three"]) await step.run(name, () => true);
      },
    );
    await app.start([fn]);
    const users = ["ann", "bob", "ann"].map((user) => ({ user }));
    const [ann = "", bob = "", again = ""] = await sendTogether(app, users);
    const { id } = await onlyRun(again);
    const ends = [await api.outcome(ann), await api.outcome(bob)];
    expect(ends.map((run) => run.status)).toEqual(["COMPLETED", "COMPLETED"]);
    expect((await blocked(id)).blocker).toMatchObject({ kind: "throttle" });
    await api.cancel(id);
  });
});

describe.concurrent("what becomes of events", () => {
  test("rateLimit: by key, and the window opens again", async () => {
    const app = newApp();
    const rateLimit = { limit: 2, period: "1s" as const, key: "event.data.user" };
    const fn = app.client.createFunction(
      { id: "limited", triggers: { event: app.event("go") }, rateLimit },
      () => "ran",
    );
    await app.start([fn]);
    const users = ["ann", "ann", "ann", "bob"].map((user) => ({ user }));
    const ends = await Promise.all((await sendTogether(app, users)).map((id) => api.outcome(id)));
    expect(ends.map((run) => run.status)).toEqual(["COMPLETED", "COMPLETED", "SKIPPED", "COMPLETED"]);
    await until(
      "the window to open again",
      async () => (await api.outcome(await app.send("go", { user: "ann" }))).status,
      (status) => status === "COMPLETED",
    );
  });

  test("idempotency beside rateLimit: each has its say", async () => {
    const app = newApp();
    const limits = { rateLimit: { limit: 2, period: "1h" as const }, idempotency: "event.data.order" };
    const fn = app.client.createFunction(
      { id: "both", triggers: { event: app.event("go") }, ...limits },
      () => "ran",
    );
    await app.start([fn]);
    const runs: RunView[] = [];
    for (const order of ["1", "1", "2"]) runs.push(await api.outcome(await app.send("go", { order })));
    const [first] = runs;
    expect(runs.map(({ status, output }) => output?.reason ?? status)).toEqual([
      "COMPLETED",
      "idempotency",
      "rate_limit",
    ]);
    expect(runs[1]?.output.existingRunId).toBe(first?.id);
  });

  test("debounce: the event with the latest time wins, not the one that came last", async () => {
    const app = newApp();
    const debounce = { period: "1s" as const, key: "event.data.document" };
    const fn = app.client.createFunction(
      { id: "index", triggers: { event: app.event("go") }, debounce },
      ({ event }) => event.data.n,
    );
    await app.start([fn]);
    const ts = Date.now() - 60_000;
    const ids = await sendTogether(app, [
      { document: "a", n: 1, ts },
      { document: "a", n: 3, ts: ts + 20 },
      { document: "a", n: 2, ts: ts + 10 },
      { document: "b", n: 4, ts },
    ]);
    await api.outcomes(`${app.id}-index`, 4);
    const outputs = await Promise.all(ids.map(async (id) => (await api.outcome(id)).output));
    expect(outputs.map((output) => output.reason ?? output)).toEqual(["debounce", 3, "debounce", 4]);
  });

  test("batchEvents: by key, and what `if` leaves out runs alone", async () => {
    const app = newApp();
    const batchEvents = {
      maxSize: 2,
      timeout: "1s" as const,
      key: "event.data.user",
      if: "event.data.plan == 'free'",
    };
    const fn = app.client.createFunction(
      { id: "write", triggers: { event: app.event("go") }, batchEvents },
      ({ events }) => events.map((event) => event.data.n),
    );
    await app.start([fn]);
    await sendTogether(app, [
      { n: 1, user: "ann", plan: "free" },
      { n: 2, user: "bob", plan: "free" },
      { n: 3, user: "ann", plan: "free" },
      { n: 4, user: "ann", plan: "pro" },
    ]);
    const runs = await api.outcomes(`${app.id}-write`, 3);
    expect(runs.map(({ output }) => output)).toEqual(expect.arrayContaining([[1, 3], [2], [4]]));
  });

  test("singleton: by key; what comes meanwhile is skipped", async () => {
    const app = newApp();
    const gate = new Gate();
    const singleton = { mode: "skip" as const, key: "event.data.user" };
    const fn = app.client.createFunction(
      { id: "only", triggers: { event: app.event("go") }, singleton },
      ({ step, event }) => step.run("work", () => (event.data.user === "ann" ? gate.pass() : null)),
    );
    await app.start([fn]);
    const ann = await app.send("go", { user: "ann" });
    await gate.reached;
    const ids = [await app.send("go", { user: "ann" }), await app.send("go", { user: "bob" })];
    const statuses = await Promise.all(ids.map(async (id) => (await api.outcome(id)).status));
    gate.open();
    expect([...statuses, (await api.outcome(ann)).status]).toEqual(["SKIPPED", "COMPLETED", "COMPLETED"]);
  });

  test("a trigger with a wildcard takes every event whose name begins so", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "audit", triggers: { event: app.event("order.*") } },
      ({ event }) => event.name,
    );
    await app.start([fn]);
    const names = ["order.paid", "order.sent.late"];
    for (const name of names) {
      expect((await api.outcome(await app.send(name))).output).toBe(app.event(name));
    }
    expect(await api.runsOf(await app.send("orders"))).toEqual([]);
  });
});

describe.concurrent("concurrency", () => {
  test("of two functions that share a scope, and of a key within it", async () => {
    const app = newApp();
    let busy = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++busy);
      await new Promise((resolve) => setImmediate(resolve));
      busy--;
    };
    const functions = ["one", "two"].map((id) =>
      app.client.createFunction(
        {
          id,
          triggers: { event: app.event("go") },
          concurrency: [
            { limit: 1, scope: "env", key: `"${app.id}"` },
            { limit: 1, key: "event.data.user" },
          ],
        },
        async ({ step }) => {
          await step.run("a", work);
          await step.run("b", work);
        },
      ),
    );
    await app.start(functions);
    for (const user of ["ann", "bob", "ann"]) await app.send("go", { user });
    for (const id of ["one", "two"]) {
      const runs = await api.outcomes(`${app.id}-${id}`, 3);
      expect(runs.map(({ status }) => status)).toEqual(Array(3).fill("COMPLETED"));
    }
    expect(most).toBe(1);
  });

  test("a run that waits for its place longer than `timeouts.start` is cancelled", async () => {
    const app = newApp();
    const gate = new Gate();
    const fn = app.client.createFunction(
      { id: "slow", triggers: { event: app.event("go") }, concurrency: 1, timeouts: { start: "1s" } },
      ({ step, event }) => step.run("work", () => (event.data.n === 0 ? gate.pass() : null)),
    );
    await app.start([fn]);
    const first = await app.send("go", { n: 0 });
    await gate.reached;
    expect((await api.outcome(await app.send("go", { n: 1 }))).status).toBe("CANCELLED");
    gate.open();
    expect((await api.outcome(first)).status).toBe("COMPLETED");
  });
});
