import { describe, expect, it } from "vitest";
import { EndpointDriver } from "./endpoint-driver.ts";
import { callBody } from "./shop.ts";

describe("a bad call", () => {
  const event = { name: "a", data: {} };

  it.each([
    ["no body", undefined],
    ["an empty body", ""],
    ["no JSON", "{x"],
    ["half a JSON", '{"event":'],
    ["an array", []],
    ["a text", '"event"'],
    ["null", "null"],
    ["no event", { ctx: {} }],
    ["an event that is a text", { event: "x" }],
    ["an event that is null", { event: null }],
    ["steps that are a list", { event, steps: [] }],
    ["events that are no list", { event, events: {} }],
    ["events with a text", { event, events: ["x"] }],
    ["a context that is a text", { event, ctx: "x" }],
    ["an attempt below zero", { event, ctx: { attempt: -1 } }],
    ["an attempt that is a text", { event, ctx: { attempt: "1" } }],
    ["a run id that is a number", { event, ctx: { run_id: 7 } }],
    ["a stack that is a list", { event, ctx: { stack: [] } }],
    ["a stack of numbers", { event, ctx: { stack: { stack: [1] } } }],
    ["defers that are a list", { event, defers: [1] }],
  ])("with %s is answered with 500 and says why", async (_what, body) => {
    const driver = new EndpointDriver();
    const answer = await driver.call("two-steps", body);
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({
      type: "internal",
      code: expect.stringMatching(/^invalid_(json|request)$/),
      message: expect.any(String),
      __serialized: true,
    });
    expect(answer.headers["x-inngest-sdk-handled"]).toBe("true");
    expect(driver.shop.log).toEqual([]);
  });

  it("to a function that is not served is answered with 500", async () => {
    const answer = await new EndpointDriver().call("nope", callBody());
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ type: "internal", code: "function_not_found" });
    expect((answer.json as { message: string }).message).toContain('"shop-nope"');
  });

  it("without a function id is answered with 500", async () => {
    const answer = await new EndpointDriver().ask({ method: "POST", body: callBody() });
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ type: "internal", code: "invalid_request" });
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "to a function named %s finds none",
    async (slug) => {
      const answer = await new EndpointDriver().ask({
        method: "POST",
        query: `?fnId=${slug}`,
        body: callBody(),
      });
      expect(answer.json).toMatchObject({ code: "function_not_found" });
    },
  );

  it("cannot pollute prototypes", async () => {
    const body = `{"event":{"name":"a","data":{"id":1,"__proto__":{"polluted":1}}},"steps":{"__proto__":{"polluted":1}},"ctx":{"__proto__":{"attempt":3},"run_id":"R"}}`;
    const answer = await new EndpointDriver().call("done", body);
    expect(answer).toMatchObject({ status: 200, json: { order: 1 } });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("may leave out all but the event", async () => {
    const answer = await new EndpointDriver().call("two-steps", { event, ctx: null });
    expect(answer).toMatchObject({ status: 206, json: [{ op: "StepRun", data: { n: 1 } }] });
  });
});
