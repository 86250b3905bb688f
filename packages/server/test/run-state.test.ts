import { StepfastError } from "@stepfast/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, openApi } from "./api-fixture.ts";
import { eventRow, idOf, openStep, runRow, stepRow, T0 } from "./rows.ts";

let api: Api;
beforeEach(async () => {
  api = await openApi();
});

const RUN = idOf(100);
const step = {
  id: "a".repeat(40),
  op: "StepRun",
  name: "charge",
  displayName: "charge",
  opts: {},
  userland: { id: "charge" },
  data: { paid: true },
  timing: { a: 1, b: 2 },
  // What SDKs leave in by accident.
  mode: "async",
  promise: {},
  fulfilled: true,
  attempt: 7,
};

describe("POST /v1/checkpoint/:run/async", () => {
  test("hands the finished steps on, without what nobody asked for", async () => {
    const body = {
      run_id: RUN,
      fn_id: "f",
      qi_id: "q",
      request_id: "REQ",
      generation_id: 3,
      steps: [step],
      ts: 1,
    };
    const response = await api.send("POST", `/v1/checkpoint/${RUN}/async`, body);
    expect(response.status).toBe(200);
    const { mode: _mode, promise: _promise, fulfilled: _fulfilled, attempt: _attempt, ...op } = step;
    expect(api.engine.checkpoints).toEqual([{ runId: RUN, requestId: "REQ", generation: 3, ops: [op] }]);
  });

  test.each([
    [new StepfastError("stale_dispatch", "not yours"), 409],
    [new StepfastError("state_too_large", "too much"), 413],
    [new StepfastError("run_not_found", "no run"), 404],
  ])("%s", async (error, status) => {
    api.engine.failWith = error;
    const response = await api.send("POST", `/v1/checkpoint/${RUN}/async`, { steps: [step] });
    expect(response.status).toBe(status);
    expect((await response.json()).code).toBe(error.code);
  });

  test.each([
    ["no steps", {}],
    ["a step that is none", { steps: [7] }],
    ["an unknown opcode", { steps: [{ ...step, op: "Explode" }] }],
    ["an op that cannot be checkpointed", { steps: [{ ...step, op: "Sleep" }] }],
    ["a step without an id", { steps: [{ ...step, id: "" }] }],
  ])("refuses %s", async (_what, body) => {
    const response = await api.send("POST", `/v1/checkpoint/${RUN}/async`, body);
    expect(response.status).toBe(400);
    expect((await response.json()).code).toBe("invalid_request");
    expect(api.engine.checkpoints).toEqual([]);
  });
});

describe("POST /v1/checkpoint/:run/async, for whom that it was saved is enough", () => {
  test("answers without a body", async () => {
    const path = `/v1/checkpoint/${RUN}/async`;
    const response = await api.send("POST", path, { steps: [step] }, { prefer: "return=minimal" });
    expect(response.status).toBe(204);
    expect(api.engine.checkpoints).toMatchObject([{ runId: RUN }]);
  });
});

describe("POST /v1/checkpoints", () => {
  const whole = (runId: string, more = {}) => ({ run_id: runId, request_id: "REQ", steps: [step], ...more });

  test("takes those of several calls, and answers each by itself", async () => {
    const [other, moved] = [idOf(101), idOf(102)];
    const checkpoints = [whole(RUN), whole(other), 7, whole(RUN, { steps: [{ ...step, op: "Sleep" }] })];
    const response = await api.send("POST", "/v1/checkpoints", { checkpoints });
    expect(response.status).toBe(200);
    expect((await response.json()).data).toMatchObject([
      { status: 204 },
      { status: 204 },
      { status: 400, error: expect.stringContaining("JSON object") },
      { status: 400, error: expect.stringContaining("cannot be checkpointed") },
    ]);
    expect(api.engine.checkpoints).toMatchObject([
      { runId: RUN, requestId: "REQ" },
      { runId: other, requestId: "REQ" },
    ]);
    api.engine.failWith = new StepfastError("stale_dispatch", "not yours");
    const refused = await api.send("POST", "/v1/checkpoints", { checkpoints: [whole(moved)] });
    expect((await refused.json()).data).toEqual([{ status: 409, error: "not yours" }]);
  });

  test("tells nobody of what went wrong inside", async () => {
    api.engine.failWith = new Error("the disk is at /secret");
    const response = await api.send("POST", "/v1/checkpoints", { checkpoints: [whole(RUN)] });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ data: [{ status: 500 }] });
    expect(text).not.toContain("secret");
  });

  test.each([
    ["no list", {}],
    ["too many", { checkpoints: Array(1_001).fill(0) }],
  ])("refuses %s", async (_what, body) => {
    const response = await api.send("POST", "/v1/checkpoints", body);
    expect(response.status).toBe(400);
    expect((await response.json()).code).toBe("invalid_request");
  });
});

describe("what a large call leaves out", () => {
  beforeEach(async () => {
    await api.store.commit({
      events: [eventRow({ key: "mine" }), eventRow({ id: idOf(2), data: '{"n":2}', user: '{"u":1}' })],
      newRuns: [runRow({ eventIds: JSON.stringify([idOf(1), idOf(2)]) })],
      steps: [
        stepRow(),
        stepRow({ stepId: "b", no: 1, op: "Sleep", output: "null", settledNo: 1 }),
        openStep({ stepId: "c", no: 2, op: "WaitForEvent" }),
        openStep({ stepId: "d", no: 3, op: "DeferAdd", status: "scheduled" }),
      ],
    });
  });

  test("GET /v0/runs/:id/batch: the events as functions see them", async () => {
    const response = await api.get(`/v0/runs/${RUN}/batch`);
    expect(await response.json()).toEqual([
      { name: "order/placed", data: { orderId: "7" }, user: {}, id: "mine", ts: T0 },
      { name: "order/placed", data: { n: 2 }, user: { u: 1 }, id: idOf(2), ts: T0 },
    ]);
  });

  test("GET /v0/runs/:id/actions: the steps that have a result", async () => {
    const response = await api.get(`/v0/runs/${RUN}/actions`);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toEqual({ ["a".repeat(40)]: { data: { paid: true } }, b: null });
  });

  test("GET /v0/runs/:id/actions: input that a rerun gave a step goes along", async () => {
    const { steps } = (await api.store.loadRun(RUN)) ?? { steps: [] };
    const [known] = steps;
    if (!known) throw new Error("the run has no steps");
    const edited = { no: 9, stepId: "c", status: "planned", output: null, settledNo: null } as const;
    const opts = JSON.stringify({ editedInput: ["other"] });
    await api.store.commit({ steps: [{ ...known, ...edited, opts }] });
    const sent = await (await api.get(`/v0/runs/${RUN}/actions`)).json();
    expect(sent).toMatchObject({ c: { type: "input", input: ["other"] }, b: null });
    expect(Object.keys(sent)).toHaveLength(3);
  });

  test("a run nobody knows is 404, one that has ended is gone", async () => {
    await api.store.commit({ runs: [{ id: RUN, status: "completed", endedAt: T0, output: "1" }] });
    for (const what of ["batch", "actions"]) {
      expect((await api.get(`/v0/runs/${idOf(7)}/${what}`)).status).toBe(404);
      const gone = await api.get(`/v0/runs/${RUN}/${what}`);
      expect(gone.status).toBe(410);
      expect((await gone.json()).code).toBe("run_already_ended");
    }
  });
});

describe.each(["/v0/runs", "/v1/runs"])("DELETE %s/:id", (base) => {
  test("cancels", async () => {
    expect((await api.send("DELETE", `${base}/${RUN}`)).status).toBe(204);
    expect(api.engine.cancelled).toEqual([RUN]);
  });

  test.each([
    ["run_not_found", 404],
    ["run_already_ended", 409],
  ] as const)("%s is %i", async (code, status) => {
    api.engine.failWith = new StepfastError(code, "no");
    const response = await api.send("DELETE", `${base}/${RUN}`);
    expect(response.status).toBe(status);
    expect((await response.json()).code).toBe(code);
  });
});
