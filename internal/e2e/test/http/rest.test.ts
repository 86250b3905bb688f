import type { DevServer } from "@stepfast/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Api } from "./api.ts";
import { ours } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
let server: DevServer;
let api: Api;
let app: App;

beforeAll(async () => {
  server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  api = new Api(server.url);
  app = new App(ours, api);
  cleanUps.add(() => app.stop());
  await app.start([
    app.client.createFunction(
      { id: "work", name: "Work", triggers: { event: app.event("go") }, retries: 0 },
      async ({ step, event }) => {
        const n = await step.run("double", () => event.data.n * 2);
        if (n < 0) throw new Error("negative");
        if (n === 0) await step.sleep("nap", "1h");
        return { n };
      },
    ),
  ]);
});
afterAll(() => cleanUps.run());

const json = async (method: string, path: string, body?: unknown) => {
  const response = await api.request(method, path, body);
  return { status: response.status, body: await response.json() };
};

test("v1: an event, its runs, a run, what is to be done for it, and its end", async () => {
  const id = await app.send("go", { n: 0 });
  const [{ id: runId } = { id: "" }] = await api.runsOf(id);
  await api.waiting(runId, "sleep");
  expect(await json("GET", `/v1/events/${id}`)).toMatchObject({
    status: 200,
    body: {
      data: { internal_id: id, name: app.event("go"), data: { n: 0 } },
      metadata: { fetched_at: expect.any(String), cached_until: null },
    },
  });
  expect((await json("GET", `/v1/events?name=${app.event("go")}`)).body.data).toContainEqual(
    expect.objectContaining({ internal_id: id }),
  );
  const view = { run_id: runId, function_id: `${app.id}-work`, event_id: id, status: "Running" };
  expect((await json("GET", `/v1/events/${id}/runs`)).body.data).toMatchObject([view]);
  expect((await json("GET", `/v1/runs/${runId}`)).body.data).toMatchObject(view);
  expect((await json("GET", `/v1/runs/${runId}/jobs`)).body.data).toMatchObject([{ kind: "sleep" }]);
  expect((await api.request("DELETE", `/v1/runs/${runId}`)).status).toBe(204);
  await api.ended(runId);
  expect((await json("GET", `/v1/runs/${runId}`)).body.data).toMatchObject({ status: "Cancelled" });
  expect((await json("GET", `/v1/runs/${runId}/jobs`)).body.data).toEqual([]);
  expect(await json("DELETE", `/v1/runs/${runId}`)).toMatchObject({
    status: 409,
    body: { code: "run_already_ended", status: 409 },
  });
  expect((await api.request("GET", `/v0/runs/${runId}/actions`)).status).toBe(410);
});

test("v2: send, find, read, trace and cancel", async () => {
  const sent = await json("POST", "/v2/events", { name: app.event("go"), data: { n: 0 } });
  expect(sent).toMatchObject({ status: 200, body: { data: { eventId: expect.any(String) } } });
  const [{ id: runId } = { id: "" }] = await api.runsOf(sent.body.data.eventId);
  await api.waiting(runId, "sleep");
  expect((await json("GET", `/api/v2/runs/${runId}`)).body.data).toMatchObject({
    id: runId,
    function: { id: `${app.id}-work`, name: "Work" },
    app: { id: app.id },
    status: "RUNNING",
    origin: "event",
  });
  const { rootSpan } = await api.trace(runId);
  expect(rootSpan.children.map(({ name, status }) => [name, status])).toEqual([
    ["double", "COMPLETED"],
    ["nap", "WAITING"],
  ]);
  expect(await json("POST", `/v2/runs/${runId}/cancel`)).toMatchObject({
    status: 200,
    body: { data: { runId } },
  });
  expect((await api.ended(runId)).status).toBe("CANCELLED");
  expect(await json("POST", `/v2/runs/${runId}/cancel`)).toMatchObject({
    status: 409,
    body: { errors: [{ code: "run_already_ended" }] },
  });
});

test("v2: pages of runs, filtered", async () => {
  const ids = [];
  for (const n of [1, -1, 2, -2, 3]) ids.push(await app.send("go", { n }));
  for (const id of ids) await api.outcome(id);
  const query = `functionId=work&appId=${app.id}&status=completed&status=failed&limit=2&order=asc&includeOutput=true`;
  const seen = [];
  let cursor: string | null = "";
  for (let pages = 0; cursor !== null; pages++) {
    const {
      body,
    }: {
      body: {
        data: { output: { n?: number; message?: string } }[];
        page: { cursor: string | null; hasMore: boolean };
      };
    } = await json("GET", `/v2/runs?${query}&cursor=${cursor}`);
    seen.push(...body.data.map(({ output }) => output.n ?? output.message));
    expect(body.page.hasMore).toBe(pages < 2);
    cursor = body.page.cursor;
  }
  expect(seen).toEqual([2, "negative", 4, "negative", 6]);
  const failed = await json("GET", `/v2/runs?appId=${app.id}&status=FAILED`);
  expect(failed.body.data).toHaveLength(2);
});

test("v2: apps and their functions", async () => {
  const { body } = await json("GET", "/v2/apps");
  expect(body.data).toMatchObject([
    {
      id: app.id,
      method: "SERVE",
      functionCount: 1,
      latestSync: { status: "success", framework: "nodejs", sdkLanguage: "js" },
    },
  ]);
  expect((await json("GET", `/v2/apps/${app.id}/functions`)).body.data).toMatchObject([
    { id: `${app.id}-work`, name: "Work", configuration: { retries: { value: 0, isDefault: false } } },
  ]);
  const v1 = await json("GET", `/v1/apps/${app.id}/functions`);
  expect(v1.body).toMatchObject([{ id: `${app.id}-work`, app_id: app.id }]);
  expect(await json("GET", "/v2/health")).toMatchObject({ status: 200 });
});

test("a function is started by its id", async () => {
  const started = await json("POST", `/invoke/${app.id}-work`, { data: { n: 4 } });
  expect(started.status).toBe(200);
  const run = await api.ended(started.body.run_id);
  expect(run).toMatchObject({ status: "COMPLETED", output: { n: 8 } });
});

test("an app that is removed is gone, and comes back with its next sync", async () => {
  const other = new App(ours, api);
  cleanUps.add(() => other.stop());
  await other.start([
    other.client.createFunction({ id: "a", triggers: { event: other.event("go") } }, () => 1),
  ]);
  const gone = await api.request("DELETE", `/fn/remove?url=${encodeURIComponent(other.url)}`);
  expect(gone.status).toBe(200);
  expect(await api.runsOf(await other.send("go"))).toEqual([]);
  await other.sync();
  expect((await api.outcome(await other.send("go"))).output).toBe(1);
});
