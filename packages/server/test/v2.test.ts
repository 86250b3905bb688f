import { StepfastError } from "@stepfast/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, openApi } from "./api-fixture.ts";
import { at, eventRow, idOf, openStep, runRow, T0, waitRow } from "./rows.ts";

let api: Api;
beforeEach(async () => {
  api = await openApi();
});

const metadata = { fetchedAt: at(0), cachedUntil: null };
const idsOf = async (path: string) =>
  ((await (await api.get(path)).json()).data as { id: string }[]).map((run) => run.id);

describe.each(["/v2", "/api/v2"])("at %s", (base) => {
  test("health", async () => {
    expect(await (await api.get(`${base}/health`)).json()).toEqual({ data: { status: "ok" }, metadata });
  });

  test("errors in the shape of v2", async () => {
    const response = await api.get(`${base}/runs/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [{ code: "run_not_found", message: "There is no run nothing" }],
    });
  });
});

describe("GET /v2/runs", () => {
  beforeEach(async () => {
    await api.store.commit({
      events: [eventRow(), eventRow({ id: idOf(2) })],
      newRuns: [
        runRow({ id: idOf(101), queuedAt: T0 + 1000 }),
        runRow({
          id: idOf(102),
          queuedAt: T0 + 2000,
          status: "completed",
          endedAt: T0 + 9000,
          output: '{"n":1}',
        }),
        runRow({
          id: idOf(103),
          queuedAt: T0 + 3000,
          origin: "defer",
          functionId: "shop-refund",
          eventId: idOf(2),
        }),
        runRow({
          id: idOf(104),
          queuedAt: T0 + 4000,
          appId: "mail",
          functionId: "mail-send",
          status: "failed",
          endedAt: T0,
        }),
      ],
    });
  });

  test("the newest first, by page", async () => {
    const first = await (await api.get("/v2/runs?limit=3")).json();
    expect(first.data.map((run: { id: string }) => run.id)).toEqual([idOf(104), idOf(103), idOf(102)]);
    expect(first.page).toEqual({ cursor: idOf(102), hasMore: true, limit: 3 });
    const second = await (await api.get(`/v2/runs?limit=3&cursor=${first.page.cursor}`)).json();
    expect(second.data.map((run: { id: string }) => run.id)).toEqual([idOf(101)]);
    expect(second.page).toEqual({ cursor: null, hasMore: false, limit: 3 });
    expect(second.metadata).toEqual(metadata);
  });

  test.each([
    ["status=COMPLETED", [102]],
    ["status=failed&status=COMPLETED", [104, 102]],
    ["status=failed,completed", [104, 102]],
    ["appId=mail", [104]],
    ["app_id=mail", [104]],
    ["appId=shop&functionId=refund", [103]],
    ["functionId=shop-refund", [103]],
    ["isDeferred=true", [103]],
    ["isDeferred=false", [104, 102, 101]],
    ["order=asc&limit=2", [101, 102]],
    [`from=${at(2000)}&until=${at(4000)}`, [103, 102]],
    [`timeField=ENDED_AT&from=${at(5000)}`, [102]],
  ])("?%s", async (query, numbers) => {
    expect(await idsOf(`/v2/runs?${query}`)).toEqual(numbers.map(idOf));
  });

  test.each([
    "limit=0",
    "limit=201",
    "status=great",
    "isDeferred=maybe",
    "from=yesterday",
    "order=up",
    "timeField=x",
  ])("?%s is 400", async (query) => {
    const response = await api.get(`/v2/runs?${query}`);
    expect(response.status).toBe(400);
    expect((await response.json()).errors[0].code).toBe("invalid_request");
  });

  test("a range that ends before it begins is 400", async () => {
    expect((await api.get(`/v2/runs?from=${at(2)}&until=${at(1)}`)).status).toBe(400);
  });

  test("outputs only when asked for", async () => {
    const [plain] = (await (await api.get("/v2/runs?status=completed")).json()).data;
    const [whole] = (await (await api.get("/v2/runs?status=completed&includeOutput=true")).json()).data;
    expect(plain).not.toHaveProperty("output");
    expect(whole.output).toEqual({ n: 1 });
  });

  test("those of an event", async () => {
    expect(await idsOf(`/v2/events/${idOf(2)}/runs`)).toEqual([idOf(103)]);
    expect((await api.get("/v2/events/nothing/runs")).status).toBe(404);
  });
});

describe("GET /v2/runs/:id", () => {
  test("a run that ended", async () => {
    const run = runRow({ status: "completed", endedAt: T0 + 51, output: '{"n":1}' });
    await api.store.commit({ events: [eventRow()], newRuns: [run] });
    expect(await (await api.get(`/v2/runs/${run.id}`)).json()).toEqual({
      data: {
        id: run.id,
        function: { id: "shop-pay", name: "Pay" },
        app: { id: "shop" },
        status: "COMPLETED",
        origin: "event",
        queuedAt: at(0),
        startedAt: at(1),
        endedAt: at(51),
        durationMs: 50,
        trigger: {
          eventIds: [idOf(1)],
          eventName: "order/placed",
          isBatch: false,
          batchId: null,
          cronSchedule: null,
        },
        parent: null,
        originalRunId: null,
        fork: null,
        cancelRequested: null,
        waiting: [],
        blocker: null,
        output: { n: 1 },
      },
      metadata,
    });
  });

  test("a deferred run names its parent", async () => {
    const run = runRow({ origin: "defer", parentRunId: idOf(99), parentStepId: "d".repeat(40) });
    await api.store.commit({ newRuns: [run] });
    expect((await (await api.get(`/v2/runs/${run.id}`)).json()).data.parent).toEqual({
      runId: idOf(99),
      stepId: "d".repeat(40),
      origin: "defer",
    });
  });

  test("a run that waits says for what", async () => {
    const run = runRow({ owner: null, wakeAt: T0 + 5000, blocked: "waiting" });
    await api.store.commit({
      newRuns: [run],
      steps: [
        openStep({ stepId: "s", no: 0, op: "Sleep", name: "nap", dueAt: T0 + 5000 }),
        openStep({ stepId: "e", no: 1, op: "WaitForEvent", name: "payment", dueAt: T0 + 9000 }),
      ],
      newWaits: [waitRow({ stepId: "e" })],
    });
    expect((await (await api.get(`/v2/runs/${run.id}`)).json()).data.waiting).toEqual([
      { kind: "sleep", step: "nap", stepId: "s", until: at(5000) },
      { kind: "event", step: "payment", stepId: "e", until: at(9000), name: "order/paid" },
    ]);
    // It ends with the step that still executes, whatever happens outside.
    await api.store.commit({ runs: [{ id: run.id, cancel: '{"at":1,"reason":"api"}' }] });
    expect((await (await api.get(`/v2/runs/${run.id}`)).json()).data.waiting).toEqual([]);
  });
});

describe("POST /v2/runs/:id/cancel", () => {
  test("cancels", async () => {
    const response = await api.send("POST", "/v2/runs/R1/cancel");
    expect(await response.json()).toEqual({ data: { runId: "R1" }, metadata });
    expect(api.engine.cancelled).toEqual(["R1"]);
  });

  test.each([
    ["run_not_found", 404],
    ["run_already_ended", 409],
  ] as const)("%s is %i", async (code, status) => {
    api.engine.failWith = new StepfastError(code, "no");
    const response = await api.send("POST", "/v2/runs/R1/cancel");
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ errors: [{ code, message: "no" }] });
  });
});

describe("POST /v2/events", () => {
  test("sends one event", async () => {
    const response = await api.send("POST", "/v2/events", { name: "order/placed", data: { n: 1 } });
    expect(await response.json()).toEqual({ data: { eventId: "EVENT0" }, metadata });
    expect(api.engine.sent[0]?.events).toEqual([{ name: "order/placed", data: { n: 1 } }]);
  });

  test.each([
    ["no name", { data: {} }, 400, "invalid_event"],
    ["an array", [{ name: "a" }], 400, "invalid_request"],
    ["bad JSON", "{", 400, "invalid_json"],
  ])("%s is refused", async (_what, body, status, code) => {
    const response = await api.send("POST", "/v2/events", body);
    expect(response.status).toBe(status);
    expect((await response.json()).errors[0].code).toBe(code);
  });

  test("takes JSON only", async () => {
    expect(
      (await api.send("POST", "/v2/events", { name: "a" }, { "content-type": "text/plain" })).status,
    ).toBe(415);
  });
});

describe("apps", () => {
  test("with their functions", async () => {
    const apps = await (await api.get("/v2/apps")).json();
    expect(apps.data).toEqual([
      {
        id: "shop",
        name: "shop",
        method: "SERVE",
        appVersion: "1.2.3",
        createdAt: at(0),
        isArchived: false,
        archivedAt: null,
        functionCount: 1,
        latestSync: {
          status: "success",
          error: null,
          syncedAt: at(0),
          framework: "express",
          url: "http://localhost:3000/api/inngest",
          sdkLanguage: "js",
          sdkVersion: "4.24.0",
        },
      },
    ]);
    expect(apps.page).toEqual({ cursor: null, hasMore: false, limit: 20 });
    const functions = await (await api.get("/v2/apps/shop/functions")).json();
    expect(functions.data).toMatchObject([
      {
        id: "shop-pay",
        name: "Pay",
        app: { id: "shop" },
        isArchived: false,
        triggers: [{ type: "EVENT", value: "order/placed", condition: "event.data.total > 10" }],
        failureHandler: null,
        configuration: {
          retries: { value: 4, isDefault: true },
          cancellations: [
            { event: "order/void", condition: "event.data.id == async.data.id", timeout: null },
          ],
        },
      },
    ]);
  });

  test("functions of an unknown app are 404", async () => {
    expect((await api.get("/v2/apps/nothing/functions")).status).toBe(404);
  });
});
