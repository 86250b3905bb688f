import { describe, expect, it } from "vitest";
import { EndpointDriver } from "./endpoint-driver.ts";
import { callBody, stepIds } from "./shop.ts";

describe("a call's answer", () => {
  it("is 200 with the output when the function returned", async () => {
    const answer = await new EndpointDriver().call("done", callBody(), { "x-inngest-server-kind": "dev" });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ order: 7 });
    expect(answer.headers).toMatchObject({
      "x-inngest-req-version": "2",
      "x-inngest-expected-server-kind": "dev",
    });
    expect(answer.headers).not.toHaveProperty("x-inngest-no-retry");
  });

  it("is null when the function returned nothing", async () => {
    expect((await new EndpointDriver().call("nothing", callBody())).body).toBe("null");
  });

  it("is 206 with the step that ran", async () => {
    const answer = await new EndpointDriver().call("two-steps", callBody());
    expect(answer.status).toBe(206);
    expect(answer.json).toEqual([
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
    ]);
    expect(answer.headers).not.toHaveProperty("x-inngest-no-retry");
  });

  it("continues after the steps it is given", async () => {
    const steps = { [stepIds.a]: { type: "data", data: { n: 4 } } };
    const body = callBody({ stack: { stack: [stepIds.a], current: 1 } }, { steps });
    expect((await new EndpointDriver().call("two-steps", body)).json).toMatchObject([
      { id: stepIds.b, data: 5 },
    ]);
    const both = { ...steps, [stepIds.b]: { type: "data", data: 9 } };
    const last = await new EndpointDriver().call("two-steps", callBody({}, { steps: both }));
    expect(last).toMatchObject({ status: 200, json: 9 });
  });

  it("plans parallel steps and runs the one that a call is for", async () => {
    const driver = new EndpointDriver();
    const planned = await driver.call("parallel", callBody());
    expect(planned.status).toBe(206);
    expect(planned.json).toMatchObject([
      { id: stepIds.a, op: "StepPlanned", data: null },
      { id: stepIds.b, op: "StepPlanned", data: null },
    ]);
    const targeted = await driver.call("parallel", callBody(), {}, stepIds.b);
    expect(targeted.json).toMatchObject([{ id: stepIds.b, op: "StepRun", data: 2 }]);
  });

  it("takes the step from the header when the query has none", async () => {
    const answer = await new EndpointDriver().ask({
      method: "POST",
      query: "?fnId=shop-parallel",
      headers: { "x-inngest-step-id": stepIds.a },
      body: callBody(),
    });
    expect(answer.json).toMatchObject([{ id: stepIds.a, op: "StepRun", data: 1 }]);
  });

  it("plans even a single step when it is told to", async () => {
    const driver = new EndpointDriver();
    const answer = await driver.call("two-steps", callBody({ disable_immediate_execution: true }));
    expect(answer.json).toMatchObject([{ id: stepIds.a, op: "StepPlanned", data: null }]);
    expect(driver.shop.log).toEqual([]);
  });

  it("reports a sleep", async () => {
    const answer = await new EndpointDriver().call("sleeper", callBody());
    expect(answer.json).toMatchObject([{ id: stepIds.a, op: "Sleep", name: "1d", opts: {}, data: null }]);
  });
});

describe("a failure", () => {
  it.each([
    ["step-throws", 0, "StepError", "false", undefined],
    ["step-throws", 3, "StepFailed", "true", undefined],
    ["step-fails", 0, "StepFailed", "true", undefined],
    ["step-later", 0, "StepError", "false", "30"],
  ])("of a step (%s, attempt %i) is 206 %s", async (id, attempt, op, noRetry, retryAfter) => {
    const answer = await new EndpointDriver().call(id, callBody({ attempt }));
    expect(answer.status).toBe(206);
    expect(answer.json).toMatchObject([{ id: stepIds.a, op, error: { __serialized: true } }]);
    expect(answer.headers["x-inngest-no-retry"]).toBe(noRetry);
    expect(answer.headers["retry-after"]).toBe(retryAfter);
    expect(answer.body).not.toContain("retryAfter");
  });

  it.each([
    ["throws", 500, "TypeError", "false", undefined],
    ["fails", 400, "NonRetriableError", "true", undefined],
    ["later", 500, "RetryAfterError", "false", "2031-01-01T00:00:00.000Z"],
  ])("of the function (%s) is %i", async (id, status, name, noRetry, retryAfter) => {
    const answer = await new EndpointDriver().call(id, callBody());
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ name, __serialized: true });
    expect(answer.json).not.toHaveProperty("type");
    expect(answer.headers["x-inngest-no-retry"]).toBe(noRetry);
    expect(answer.headers["retry-after"]).toBe(retryAfter);
  });

  it("of a step that nobody caught fails the function for good", async () => {
    const steps = { [stepIds.a]: { type: "error", error: { name: "Error", message: "no luck" } } };
    const answer = await new EndpointDriver().call("step-throws", callBody({}, { steps }));
    expect(answer.status).toBe(400);
    expect(answer.headers["x-inngest-no-retry"]).toBe("true");
    expect(answer.json).toMatchObject({ message: "no luck" });
  });

  it("to turn the output into JSON is an answer too", async () => {
    const answer = await new EndpointDriver().call("cyclic", callBody());
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.json).toMatchObject({ message: expect.stringMatching(/circular|cycl/i) });
  });

  it("handler is called by its own slug", async () => {
    const failure = {
      name: "inngest/function.failed",
      data: { error: { name: "Error", message: "it broke" } },
      id: "f",
      ts: 1,
    };
    const body = callBody({}, { event: failure, events: [failure] });
    const answer = await new EndpointDriver().call("guarded-failure", body);
    expect(answer).toMatchObject({ status: 200, json: { saw: "it broke" } });
  });
});

describe("execution version", () => {
  it.each([
    [{}, -1, "2"],
    [{ "x-inngest-req-version": "-1" }, -1, "2"],
    [{ "x-inngest-req-version": "1" }, 2, "1"],
    [{ "x-inngest-req-version": "2" }, 0, "2"],
    [{}, 1, "1"],
    [{ "x-inngest-req-version": "soon" }, 2, "2"],
    [{}, undefined, "2"],
  ])("with the headers %j and %j in the body is answered with %s", async (headers, version, expected) => {
    const answer = await new EndpointDriver().call("done", callBody({}, { version }), headers);
    expect(answer.status).toBe(200);
    expect(answer.headers["x-inngest-req-version"]).toBe(expected);
  });

  it.each([
    [{}, 0],
    [{}, 3],
    [{}, "2"],
    [{ "x-inngest-req-version": "0" }, 2],
  ])("with the headers %j and %j in the body is refused", async (headers, version) => {
    const answer = await new EndpointDriver().call("done", callBody({}, { version }), headers);
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ type: "internal", code: "invalid_request" });
  });
});
