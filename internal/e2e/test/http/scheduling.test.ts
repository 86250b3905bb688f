import type { DevServer } from "@stepfast/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Api, type RunView } from "./api.ts";
import { Gate } from "./gate.ts";
import { until } from "./patience.ts";
import { ours, type Sdk, theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
let server: DevServer;
let api: Api;

beforeAll(async () => {
  server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  api = new Api(server.url);
});
afterAll(() => cleanUps.run());

function newApp(sdk: Sdk = theirs): App {
  const app = new App(sdk, api);
  cleanUps.add(() => app.stop());
  return app;
}

interface Schedule {
  cron: string;
  timeZone: string;
  catchUp: string;
  nextTick: string;
  lastTick: string | null;
}

test("a cron trigger of the official SDK: a run a tick, each with its own time", async () => {
  const app = newApp();
  const fn = app.client.createFunction(
    { id: "tick", triggers: { cron: "* * * * * *" } },
    ({ event }) => event,
  );
  await app.start([fn]);
  const runs = await api.outcomes(`${app.id}-tick`, 3);
  const events = runs.map((run) => run.output);
  for (const { name, id, data, ts } of events) {
    expect(name).toBe("inngest/scheduled.timer");
    expect(data).toEqual({ cron: "* * * * * *", scheduledAt: id, fireAt: id });
    expect(ts).toBe(Date.parse(id));
  }
  const times = events.map(({ ts }) => ts);
  expect(times).toEqual([...new Set(times)].sort());
  expect(times.every((time) => time % 1_000 === 0)).toBe(true);
  expect(runs.every((run) => run.origin === "cron")).toBe(true);
  const path = `/v2/apps/${app.id}/functions/tick`;
  const { schedules } = await api.get<{ schedules: Schedule[] }>(path);
  expect(schedules).toMatchObject([{ cron: "* * * * * *", timeZone: "UTC", catchUp: "one" }]);
  expect(Date.parse(schedules[0]?.nextTick ?? "") % 1_000).toBe(0);
  await api.request("DELETE", `/fn/remove?url=${encodeURIComponent(app.url)}`);
});

test("a cron trigger that never comes fails the sync, by name", async () => {
  const app = newApp();
  const fn = app.client.createFunction({ id: "never", triggers: { cron: "0 0 30 2 *" } }, () => null);
  await expect(app.start([fn])).rejects.toThrow(/never: triggers\[0\]\.cron/);
});

test("our SDK says what becomes of ticks that were missed", async () => {
  const app = newApp(ours);
  const trigger = { cron: "TZ=Europe/Rome @daily", jitter: "30s", catchUp: "all" as const };
  await app.start([app.client.createFunction({ id: "daily", triggers: trigger }, () => null)]);
  const { schedules } = await api.get<{ schedules: Schedule[] }>(`/v2/apps/${app.id}/functions/daily`);
  expect(schedules).toMatchObject([{ timeZone: "Europe/Rome", catchUp: "all", lastTick: null }]);
});

type Blocked = RunView & {
  blocker: { kind: string; message: string; gate: { holders: { runId: string }[] } } | null;
};

test("a run in a queue names who has its place; a raised limit lets it go on", async () => {
  const app = newApp();
  const gate = new Gate();
  const fn = app.client.createFunction(
    { id: "one", triggers: { event: app.event("go") }, concurrency: { limit: 1, key: "event.data.user" } },
    async ({ event, step }) => step.run("work", () => (event.data.n === 0 ? gate.pass() : null)),
  );
  await app.start([fn]);
  const [first] = await api.runsOf(await app.send("go", { n: 0, user: "a" }));
  await gate.reached;
  const [second] = await api.runsOf(await app.send("go", { n: 1, user: "a" }));
  const { blocker } = (await api.run(second?.id ?? "")) as Blocked;
  expect(blocker).toMatchObject({
    kind: "concurrency",
    gate: { limit: 1, held: 1, waiting: 1, ahead: 0, holders: [{ runId: first?.id }] },
  });
  const functionId = `${app.id}-one`;
  expect(await api.get(`/v2/queues?functionId=${functionId}`)).toMatchObject([
    { functionId, key: "a", waiting: 1, held: 1, limit: 1, oldest: { runId: second?.id } },
  ]);
  const path = `/v2/apps/${app.id}/functions/one/limits/concurrency-1`;
  const raised = await api.request("PUT", path, { limit: 2, key: "a" });
  expect((await raised.json()).data).toMatchObject({
    limits: [
      { configured: { limit: 1 }, inForce: { limit: 1 }, byKey: [{ key: "a", inForce: { limit: 2 } }] },
    ],
    version: 1,
    changes: [{ limit: "concurrency-1", key: "a", to: { limit: 2 }, by: null }],
  });
  const late = await api.request("PUT", path, { limit: 9, version: 0 });
  expect([late.status, (await late.json()).errors[0].code]).toEqual([409, "changed_meanwhile"]);
  expect((await api.ended(second?.id ?? "")).status).toBe("COMPLETED");
  gate.open();
  expect((await api.ended(first?.id ?? "")).status).toBe("COMPLETED");
  expect((await api.request("DELETE", `${path}?key=a&version=0`)).status).toBe(409);
  const reset = await api.request("DELETE", `${path}?key=a&version=1`);
  expect((await reset.json()).data.limits).toMatchObject([{ byKey: [] }]);
  expect((await api.request("PUT", path, { limit: 0 })).status).toBe(400);
  expect((await api.request("PUT", path, {})).status).toBe(400);
  expect((await api.request("PUT", path.replace("concurrency-1", "throttle"), { limit: 1 })).status).toBe(
    400,
  );
});

test("an event that is debounced says until when", async () => {
  const app = newApp();
  const fn = app.client.createFunction(
    { id: "late", triggers: { event: app.event("go") }, debounce: { period: "1s" } },
    () => null,
  );
  await app.start([fn]);
  const id = await app.send("go", {});
  const { holds } = await api.get<{ holds: { kind: string; runId: string }[] }>(`/v2/events/${id}`);
  expect(holds).toMatchObject([{ functionId: `${app.id}-late`, kind: "debounce", events: 1 }]);
  const runs = await until(
    "the debounced run",
    () => api.runsOf(id),
    (found) => found.length === 1,
  );
  expect(runs[0]?.id).toBe(holds[0]?.runId);
});
