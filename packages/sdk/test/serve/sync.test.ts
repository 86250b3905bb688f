import { describe, expect, it } from "vitest";
import { EndpointDriver } from "./endpoint-driver.ts";
import { type Registered, registered } from "./registered.ts";

describe("out-of-band sync", () => {
  it("registers every function and repeats the API's verdict", async () => {
    const driver = new EndpointDriver({ client: { appVersion: "1.2.3" } });
    driver.api.answer("/fn/register", { json: { ok: true, modified: true } });
    const answer = await driver.ask({ method: "PUT", headers: { "x-inngest-server-kind": "dev" } });

    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ message: "Successfully registered", modified: true });
    expect(answer.headers["x-inngest-sync-kind"]).toBe("out_of_band");
    expect(answer.headers["x-inngest-expected-server-kind"]).toBe("dev");

    const [request] = driver.api.requests;
    expect(request).toMatchObject({ method: "POST", path: "/fn/register" });
    expect(request?.headers).toMatchObject({
      "content-type": "application/json",
      "x-inngest-sdk": "stepfast-js:v0.1.0",
      "x-inngest-framework": "test",
      "x-inngest-expected-server-kind": "dev",
      "x-inngest-sync-kind": "out_of_band",
      "x-inngest-sdk-handled": "true",
    });
    expect(request?.headers).not.toHaveProperty("authorization");
    expect(request?.body).toMatchObject({
      url: "http://app.test/api/inngest",
      deployType: "ping",
      framework: "test",
      appName: "shop",
      appVersion: "1.2.3",
      sdk: "js:v0.1.0",
      v: "0.1",
      capabilities: { trust_probe: "v1", connect: "v1" },
    });
  });

  it("registers a step's URL, retries and the failure handler", async () => {
    const driver = new EndpointDriver();
    await driver.ask({ method: "PUT" });
    const { functions } = registered(driver.api.requests[0]);
    expect(functions.find((fn) => fn.id === "shop-two-steps")?.steps).toEqual({
      step: {
        id: "step",
        name: "step",
        runtime: { type: "http", url: "http://app.test/api/inngest?fnId=shop-two-steps&stepId=step" },
        retries: { attempts: 2 },
      },
    });
    expect(functions.map((fn) => fn.id)).toContain("shop-guarded-failure");
  });

  it("passes the deploy id on, in the query, the body and the URL", async () => {
    const driver = new EndpointDriver();
    await driver.ask({ method: "PUT", query: "?deployId=D%201&fnId=x&stepId=step" });
    expect(driver.api.requests[0]?.path).toBe("/fn/register?deployId=D%201");
    expect(driver.api.requests[0]?.body).toMatchObject({
      deployId: "D 1",
      url: "http://app.test/api/inngest?deployId=D+1",
    });
  });

  it("registers the origin and path of the options", async () => {
    const driver = new EndpointDriver({ serveOrigin: "https://shop.example", servePath: "/hooks/jobs" });
    await driver.ask({ method: "PUT", query: "?deployId=D1" });
    expect(driver.api.requests[0]?.body).toMatchObject({
      url: "https://shop.example/hooks/jobs?deployId=D1",
    });
  });

  it("repeats a refusal", async () => {
    const driver = new EndpointDriver();
    driver.api.answer("/fn/register", { status: 400, json: { error: "no such trigger", status: 400 } });
    const answer = await driver.ask({ method: "PUT" });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ message: "no such trigger", modified: false });
  });

  it("answers 500 and names the address when the API does not answer", async () => {
    const driver = new EndpointDriver();
    driver.api.answer("/fn/register", new TypeError("fetch failed"));
    const answer = await driver.ask({ method: "PUT" });
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ type: "internal", code: "api_unreachable" });
    expect((answer.json as { message: string }).message).toContain("http://api.test");
  });

  it.each([
    [{ status: 200, text: "<html>" }, 502],
    [{ status: 503, text: "busy" }, 503],
    [{ status: 200, json: { ok: true, status: 204 } }, 200],
  ])("survives a strange answer of the API: %j", async (reply, status) => {
    const driver = new EndpointDriver();
    driver.api.answer("/fn/register", reply);
    const answer = await driver.ask({ method: "PUT" });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ modified: false });
  });

  it("tries the fallback key once when the first is refused", async () => {
    const driver = new EndpointDriver({
      client: { signingKey: "signkey-test-0011", signingKeyFallback: "signkey-test-2233" },
    });
    driver.api.answer("/fn/register", { status: 401, json: {} }, { json: { modified: true } });
    const answer = await driver.ask({ method: "PUT" });
    expect(answer.status).toBe(200);
    const keys = driver.api.requests.map((request) => request.headers.authorization);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^Bearer signkey-test-[0-9a-f]{64}$/);
    expect(keys[1]).toMatch(/^Bearer signkey-test-[0-9a-f]{64}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });
});

describe("in-band sync", () => {
  const inBand = { "x-inngest-sync-kind": "in_band" };

  it("answers with the registration and calls no API", async () => {
    const driver = new EndpointDriver({ client: { appVersion: "1.2.3" } });
    const answer = await driver.ask({
      method: "PUT",
      headers: inBand,
      body: { url: "https://shop.example/api/jobs" },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers["x-inngest-sync-kind"]).toBe("in_band");
    expect(answer.json).toMatchObject({
      app_id: "shop",
      appVersion: "1.2.3",
      env: null,
      framework: "test",
      inspection: { mode: "dev", function_count: 14 },
      sdk_language: "js",
      url: "https://shop.example/api/jobs",
    });
    const { functions } = answer.json as Registered;
    expect(functions[0]?.steps.step.runtime.url).toBe(
      "https://shop.example/api/jobs?fnId=shop-done&stepId=step",
    );
    expect(driver.api.requests).toEqual([]);
  });

  it.each([{ url: 1 }, { url: "not a url" }, { url: "http://a.test", extra: 1 }, [], {}])(
    "refuses the body %j",
    async (body) => {
      const answer = await new EndpointDriver().ask({ method: "PUT", headers: inBand, body });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ code: "invalid_request" });
    },
  );

  it.each([undefined, "", "{", "[1,"])("answers 500 to the body %j", async (body) => {
    const answer = await new EndpointDriver().ask({ method: "PUT", headers: inBand, body });
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ type: "internal", code: "invalid_json" });
  });

  it("falls back to out-of-band when the environment turns it off", async () => {
    const driver = new EndpointDriver();
    const env = { INNGEST_ALLOW_IN_BAND_SYNC: "false" };
    await driver.ask({ method: "PUT", headers: inBand, body: { url: "https://x.example/" }, env });
    expect(driver.api.requests[0]?.path).toBe("/fn/register");
  });
});
