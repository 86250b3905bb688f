import { describe, expect, it } from "vitest";
import { EndpointDriver } from "./endpoint-driver.ts";
import { callBody, stepIds } from "./shop.ts";

const path = "/v1/checkpoint/01JRUN/async";
const body = callBody({ fn_id: "F1", qi_id: "Q1" });
const dispatch = { "x-request-id": "01JREQ", "x-inngest-generation-id": "3" };

describe("checkpointing", () => {
  it("saves each step and goes on in the same call", async () => {
    const driver = new EndpointDriver({ client: { env: "branch-x" } });
    const answer = await driver.call("two-steps", body, { ...dispatch, traceparent: "00-1-2-01" });

    expect(answer.status).toBe(206);
    expect(answer.json).toEqual([expect.objectContaining({ op: "RunComplete", data: 2 })]);
    expect(driver.shop.log).toEqual(["a", "b"]);
    expect(driver.api.requests.map((request) => request.path)).toEqual([path, path]);
    const [first, second] = driver.api.requests;
    expect(first?.headers).toMatchObject({
      "content-type": "application/json",
      "x-inngest-sdk": "stepfast-js:v0.1.0",
      "x-inngest-env": "branch-x",
      traceparent: "00-1-2-01",
    });
    expect(first?.body).toEqual({
      run_id: "01JRUN",
      fn_id: "F1",
      qi_id: "Q1",
      request_id: "01JREQ",
      generation_id: 3,
      request_started_at: 1_000,
      ts: 1_000,
      steps: [
        {
          id: stepIds.a,
          op: "StepRun",
          name: "a",
          displayName: "a",
          opts: {},
          userland: { id: "a" },
          data: { n: 1 },
          timing: { a: expect.any(Number), b: expect.any(Number) },
        },
      ],
    });
    expect(second?.body).toMatchObject({ steps: [{ id: stepIds.b, data: 2 }] });
  });

  it.each([
    ["the server did not offer it", callBody(), {}],
    ["the client switched it off", body, { checkpointing: false }],
    [
      "the call is to plan only",
      callBody({ fn_id: "F1", qi_id: "Q1", disable_immediate_execution: true }),
      {},
    ],
  ])("is off when %s", async (_why, sent, client) => {
    const driver = new EndpointDriver({ client });
    const answer = await driver.call("two-steps", sent);
    expect(answer.json).toHaveLength(1);
    expect(driver.api.requests).toEqual([]);
  });

  it("is off in a call for one step", async () => {
    const driver = new EndpointDriver();
    const answer = await driver.call("two-steps", body, {}, stepIds.a);
    expect(answer.json).toMatchObject([{ id: stepIds.a, op: "StepRun" }]);
    expect(driver.api.requests).toEqual([]);
  });

  it("tries a failed save again, waiting longer each time, and loses nothing", async () => {
    const driver = new EndpointDriver();
    driver.api.answer(path, { status: 503 }, new TypeError("reset"), { status: 429 }, { status: 200 });
    const answer = await driver.call("two-steps", body);
    expect(answer.json).toMatchObject([{ op: "RunComplete" }]);
    expect(driver.shop.log).toEqual(["a", "b"]);
    expect(driver.waits).toHaveLength(3);
    [100, 200, 400].forEach((base, index) => {
      expect(driver.waits[index]).toBeGreaterThanOrEqual(base);
      expect(driver.waits[index]).toBeLessThan(base + 100);
    });
    expect(driver.api.requests[0]?.body).toEqual(driver.api.requests[1]?.body);
  });

  it("puts the step into the answer when five attempts failed", async () => {
    const driver = new EndpointDriver();
    driver.api.answer(path, { status: 500 });
    const answer = await driver.call("two-steps", body);
    expect(answer.status).toBe(206);
    expect(answer.json).toMatchObject([
      { id: stepIds.a, op: "StepRun", data: { n: 1 } },
      { op: "StepPlanned" },
    ]);
    expect(driver.api.requests).toHaveLength(5);
    expect(driver.shop.log).toEqual(["a"]);
  });

  it("does not repeat what is refused for good", async () => {
    const driver = new EndpointDriver();
    driver.api.answer(path, { status: 413, json: { error: "too large" } });
    const answer = await driver.call("two-steps", body);
    expect(answer.json).toMatchObject([{ id: stepIds.a, op: "StepRun" }, { op: "StepPlanned" }]);
    expect(driver.api.requests).toHaveLength(1);
  });

  it("stops at once when another call has taken the run over", async () => {
    const driver = new EndpointDriver();
    driver.api.answer(path, { status: 409, json: { error: "stale dispatch" } });
    const answer = await driver.call("two-steps", body);
    expect(answer.status).toBe(400);
    expect(answer.headers["x-inngest-no-retry"]).toBe("true");
    expect(answer.json).toMatchObject({ name: "StaleDispatchError" });
    expect(driver.api.requests).toHaveLength(1);
    expect(driver.shop.log).toEqual(["a"]);
  });
});
