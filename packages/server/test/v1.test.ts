import { StepfastError } from "@stepfast/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, openApi } from "./api-fixture.ts";
import { at, eventRow, idOf, openStep, runRow, T0 } from "./rows.ts";

let api: Api;
beforeEach(async () => {
  api = await openApi();
});

const metadata = { fetched_at: at(0), cached_until: null };

describe("events", () => {
  beforeEach(async () => {
    await api.store.commit({
      events: [1, 2, 3, 4].map((no) =>
        eventRow({
          id: idOf(no),
          receivedAt: T0 + no * 1000,
          name: no === 2 ? "order/void" : "order/placed",
        }),
      ),
    });
  });

  const idsOf = async (response: Response) =>
    ((await response.json()).data as { internal_id: string }[]).map((e) => e.internal_id);

  test("the newest first, in the envelope", async () => {
    const body = await (await api.get("/v1/events?limit=1")).json();
    expect(body).toEqual({
      data: [
        {
          internal_id: idOf(4),
          id: idOf(4),
          name: "order/placed",
          data: { orderId: "7" },
          user: {},
          ts: T0,
          received_at: at(4000),
          account_id: expect.any(String),
          environment_id: expect.any(String),
          source: "api",
          source_id: null,
        },
      ],
      metadata,
    });
  });

  test("by page, name and time", async () => {
    expect(await idsOf(await api.get(`/v1/events?cursor=${idOf(3)}`))).toEqual([idOf(2), idOf(1)]);
    expect(await idsOf(await api.get("/v1/events?name=order/void"))).toEqual([idOf(2)]);
    expect(
      await idsOf(await api.get(`/v1/events?received_after=${at(1000)}&received_before=${at(4000)}`)),
    ).toEqual([idOf(3), idOf(2)]);
  });

  test.each(["limit=0", "limit=101", "limit=many", "received_after=yesterday"])(
    "?%s is 400",
    async (query) => {
      const response = await api.get(`/v1/events?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_request", status: 400 });
    },
  );

  test("one event; an unknown one is 404", async () => {
    expect(await (await api.get(`/v1/events/${idOf(2)}`)).json()).toMatchObject({
      data: { name: "order/void" },
      metadata,
    });
    for (const path of ["/v1/events/nothing", "/v1/events/nothing/runs"]) {
      const response = await api.get(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "event_not_found", status: 404 });
    }
  });

  test("its runs", async () => {
    await api.store.commit({
      newRuns: [
        runRow({ id: idOf(100), eventId: idOf(1) }),
        runRow({ id: idOf(101), eventId: idOf(2), status: "skipped", endedAt: T0 }),
      ],
    });
    const body = await (await api.get(`/v1/events/${idOf(2)}/runs`)).json();
    expect(body.data).toMatchObject([{ run_id: idOf(101), status: "Skipped" }]);
    expect(body.metadata).toEqual(metadata);
  });
});

describe("runs", () => {
  test.each([
    ["queued", "Queued", null],
    ["running", "Running", null],
    ["completed", "Completed", { shipped: true }],
    ["failed", "Failed", { name: "Error", message: "no" }],
    ["cancelled", "Cancelled", { name: "Error", message: "function cancelled" }],
    ["skipped", "Skipped", { reason: "singleton" }],
  ] as const)("%s is %s", async (status, text, output) => {
    const run = runRow({
      status,
      endedAt: output ? T0 + 9 : null,
      output: output ? JSON.stringify(output) : null,
    });
    await api.store.commit({ events: [eventRow()], newRuns: [run] });
    const body = await (await api.get(`/v1/runs/${run.id}`)).json();
    expect(body).toEqual({
      data: {
        run_id: run.id,
        run_started_at: at(1),
        function_id: "shop-pay",
        function_version: 1,
        environment_id: expect.any(String),
        event_id: idOf(1),
        status: text,
        ended_at: output ? at(9) : null,
        output,
      },
      metadata,
    });
  });

  test("a run of a batch, of a cron, of a parent", async () => {
    await api.store.commit({
      events: [eventRow({ name: "inngest/scheduled.timer", data: '{"cron":"0 * * * *"}' })],
      newRuns: [
        runRow({ id: idOf(101), origin: "cron" }),
        runRow({
          id: idOf(102),
          eventIds: JSON.stringify([idOf(1)]),
          origin: "invoke",
          parentRunId: idOf(101),
        }),
      ],
    });
    expect((await (await api.get(`/v1/runs/${idOf(101)}`)).json()).data.cron).toBe("0 * * * *");
    expect((await (await api.get(`/v1/runs/${idOf(102)}`)).json()).data).toMatchObject({
      batch_id: idOf(1),
      parent_run_id: idOf(101),
    });
  });

  test("an unknown run is 404", async () => {
    for (const path of ["/v1/runs/nothing", "/v1/runs/nothing/jobs"]) {
      const response = await api.get(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "run_not_found", status: 404 });
    }
  });

  test("its jobs: what is still to be done, soonest first", async () => {
    await api.store.commit({
      events: [eventRow()],
      newRuns: [runRow()],
      steps: [
        openStep({ stepId: "s", no: 0, op: "Sleep", dueAt: T0 + 5000 }),
        openStep({ stepId: "r", no: 1, status: "retrying", attempt: 2, dueAt: T0 + 2000 }),
      ],
    });
    const { data } = await (await api.get(`/v1/runs/${idOf(100)}/jobs`)).json();
    expect(data).toMatchObject([
      { JobID: `${idOf(100)}-r`, at: at(2000), position: 0, kind: "retry", attempt: 2 },
      { JobID: `${idOf(100)}-s`, at: at(5000), position: 1, kind: "sleep", attempt: 0 },
    ]);
  });
});

describe("POST /v1/signals", () => {
  test("resolves the waiting step", async () => {
    const response = await api.send("POST", "/v1/signals", { signal: "task-1", data: { ok: true } });
    expect(await response.json()).toEqual({ data: { run_id: "RUN" }, metadata });
    expect(api.engine.signals).toEqual([{ signal: "task-1", data: { ok: true } }]);
  });

  test("nobody waiting is 404", async () => {
    api.engine.failWith = new StepfastError("signal_not_found", "nobody waits");
    expect((await api.send("POST", "/v1/signals", { signal: "task-1" })).status).toBe(404);
  });

  test.each([{}, { signal: "" }, { signal: 7 }, [1]])("%j is 400", async (body) => {
    const response = await api.send("POST", "/v1/signals", body);
    expect(response.status).toBe(400);
    expect((await response.json()).code).toBe("invalid_request");
  });
});

describe("GET /v1/apps/:app/functions", () => {
  test("lists them without an envelope", async () => {
    const body = await (await api.get("/v1/apps/shop/functions")).json();
    expect(body).toMatchObject([{ id: "shop-pay", app_id: "shop", name: "Pay", archived_at: null }]);
  });

  test("an unknown app is 404", async () => {
    const response = await api.get("/v1/apps/nothing/functions");
    expect(response.status).toBe(404);
    expect((await response.json()).code).toBe("app_not_found");
  });
});
