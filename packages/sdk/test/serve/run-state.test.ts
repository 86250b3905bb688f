import { describe, expect, it } from "vitest";
import { EndpointDriver } from "./endpoint-driver.ts";
import { callBody, stepIds } from "./shop.ts";

describe("a call whose state was too big for its body", () => {
  const body = callBody({ use_api: true }, { events: [], steps: {} });

  it("fetches events and steps", async () => {
    const driver = new EndpointDriver({ client: { env: "branch-x", signingKey: "signkey-test-0011" } });
    driver.api
      .answer("/v0/runs/01JRUN/batch", { json: [{ name: "shop/ordered", data: { id: 7 }, id: "e", ts: 1 }] })
      .answer("/v0/runs/01JRUN/actions", { json: { [stepIds.a]: { data: { n: 40 } } } });
    const answer = await driver.call("two-steps", body, { traceparent: "00-1-2-01" });
    expect(answer).toMatchObject({ status: 206, json: [{ id: stepIds.b, data: 41 }] });
    expect(driver.api.requests.map((request) => request.method)).toEqual(["GET", "GET"]);
    for (const request of driver.api.requests) {
      expect(request.headers).toMatchObject({
        "x-inngest-env": "branch-x",
        traceparent: "00-1-2-01",
        authorization: expect.stringMatching(/^Bearer signkey-test-/),
      });
    }
  });

  it("tries again when the API stumbles", async () => {
    const driver = new EndpointDriver();
    driver.api
      .answer("/v0/runs/01JRUN/batch", { json: [] })
      .answer("/v0/runs/01JRUN/actions", { status: 503 }, new TypeError("reset"), { json: {} });
    expect((await driver.call("two-steps", body)).status).toBe(206);
    expect(driver.waits).toHaveLength(2);
  });

  it.each([
    [{ status: 410, json: { error: "run is gone", status: 410 } }, 1],
    [{ status: 500 }, 5],
    [{ json: { not: "a list" } }, 1],
  ])("fails with 500 when the API answers %j", async (reply, attempts) => {
    const driver = new EndpointDriver();
    driver.api.answer("/v0/runs/01JRUN/batch", reply).answer("/v0/runs/01JRUN/actions", { json: {} });
    const answer = await driver.call("two-steps", body);
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ type: "internal" });
    expect(driver.api.requests.filter((request) => request.path.endsWith("/batch"))).toHaveLength(attempts);
    expect(driver.shop.log).toEqual([]);
  });
});
