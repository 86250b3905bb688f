import { StepfastError } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { Endpoint } from "../../src/serve/endpoint.ts";
import { EndpointDriver, requestOf } from "./endpoint-driver.ts";
import { shop } from "./shop.ts";

describe("introspection", () => {
  it("tells in dev mode what is served", async () => {
    const answer = await new EndpointDriver().ask();
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      extra: { native_crypto: true },
      has_event_key: false,
      has_signing_key: false,
      function_count: 14,
      mode: "dev",
      schema_version: "2024-05-24",
    });
  });

  it("says whether there are keys, and never which", async () => {
    const client = { eventKey: "secret-event-key", signingKey: "signkey-test-0011" };
    const answer = await new EndpointDriver({ client }).ask();
    expect(answer.json).toMatchObject({ has_event_key: true, has_signing_key: true });
    expect(answer.body).not.toContain("secret");
    expect(answer.body).not.toContain("0011");
  });
});

describe("the endpoint", () => {
  it.each(["DELETE", "PATCH", "HEAD", "OPTIONS", "get-it"])("answers 405 to %s", async (method) => {
    const answer = await new EndpointDriver().ask({ method });
    expect(answer.status).toBe(405);
    expect(answer.json).toEqual({ message: "Method not allowed" });
    expect(answer.headers["x-inngest-sdk-handled"]).toBe("true");
  });

  it("answers the trust probe and refuses others", async () => {
    const driver = new EndpointDriver();
    expect(await driver.ask({ method: "POST", query: "?probe=trust" })).toMatchObject({
      status: 200,
      body: "",
    });
    const other = await driver.ask({ method: "POST", query: "?probe=zeal" });
    expect(other.status).toBe(400);
    expect(other.json).toMatchObject({ code: "invalid_request" });
  });

  it("puts its name on every response", async () => {
    const answer = await new EndpointDriver({ client: { env: "branch-x" } }).ask({ env: { VERCEL: "1" } });
    expect(answer.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "stepfast-js:v0.1.0",
      "x-inngest-sdk": "stepfast-js:v0.1.0",
      "x-inngest-sdk-handled": "true",
      "x-inngest-framework": "test",
      "x-inngest-platform": "vercel",
      "x-inngest-env": "branch-x",
      "x-inngest-req-version": "2",
      "server-timing": "handler;dur=0, action;dur=0",
    });
    expect(answer.headers).not.toHaveProperty("x-inngest-expected-server-kind");
  });

  it("refuses two functions with one id, also when one is another's failure handler", () => {
    const { client } = shop();
    const handler = async () => 1;
    const make = (id: string) =>
      client.createFunction({ id, triggers: { event: "a" }, onFailure: handler }, handler);
    const serve = (...ids: string[]) =>
      new Endpoint({ client, functions: ids.map(make), frameworkName: "test" });
    expect(() => serve("twice", "once", "twice")).toThrow(
      expect.objectContaining({ code: "duplicate_function" }),
    );
    expect(() => serve("a", "a-failure")).toThrow(expect.objectContaining({ code: "duplicate_function" }));
    expect(() => serve("a", "b")).not.toThrow();
  });

  it.each([{}, { client: {} }, { functions: [] }])("refuses the options %j", (options) => {
    expect(() => new Endpoint({ ...options, frameworkName: "test" } as never)).toThrow(StepfastError);
  });

  it.each([undefined, null, "x", {}, [{}], [null], [undefined], [() => 1]])(
    "refuses the functions %j",
    (functions) => {
      const { client } = shop();
      const make = () => new Endpoint({ client, functions: functions as never, frameworkName: "test" });
      expect(make).toThrow(expect.objectContaining({ code: "invalid_config" }));
    },
  );
});

describe("cloud mode", () => {
  const requests = [
    { method: "GET" },
    { method: "PUT" },
    { method: "POST", query: "?fnId=shop-done&stepId=step" },
    { method: "POST", query: "?probe=trust" },
    { method: "DELETE" },
  ];

  it.each(requests)("answers 500 without a signing key: $method $query", async (request) => {
    const driver = new EndpointDriver({ client: { isDev: false } });
    const answer = await driver.ask(request);
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({ code: "internal_server_error" });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("x-inngest"))).toEqual([
      "x-inngest-sdk-handled",
    ]);
    expect(answer.headers).not.toHaveProperty("user-agent");
    expect(driver.api.requests).toEqual([]);
  });

  it.each(requests.filter((request) => request.method !== "PUT"))(
    "refuses what is not signed: $method $query",
    async (request) => {
      const driver = new EndpointDriver({ client: { isDev: false, signingKey: "signkey-prod-00ff" } });
      const answer = await driver.ask(request);
      expect(answer.status).toBe(401);
      expect(answer.json).toEqual({ message: "Unauthorized" });
      expect(answer.headers).not.toHaveProperty("x-inngest-sdk");
    },
  );

  it("runs nothing for a call that claims to be signed", async () => {
    const driver = new EndpointDriver({ client: { isDev: false, signingKey: "signkey-prod-00ff" } });
    const headers = { "x-inngest-signature": "t=1&s=00" };
    const answer = await driver.call("two-steps", {}, headers);
    expect(answer.status).toBe(401);
    expect(driver.shop.log).toEqual([]);
  });

  it("accepts an unsigned out-of-band sync unless the options or the environment forbid it", async () => {
    const client = { isDev: false, signingKey: "signkey-prod-00ff" };
    const sync = { method: "PUT" };
    expect((await new EndpointDriver({ client }).ask(sync)).status).toBe(200);
    expect((await new EndpointDriver({ client, enableUnauthedSync: false }).ask(sync)).status).toBe(401);
    const env = { INNGEST_ENABLE_UNAUTHED_SYNC: "0" };
    expect((await new EndpointDriver({ client }).ask({ ...sync, env })).status).toBe(401);
    const inBand = { ...sync, headers: { "x-inngest-sync-kind": "in_band" }, body: { url: "http://a.test" } };
    expect((await new EndpointDriver({ client }).ask(inBand)).status).toBe(401);
  });

  it("does not confuse a request's shape with its method's case", async () => {
    const driver = new EndpointDriver();
    const response = await driver.endpoint.handle(requestOf({ method: "put" }));
    expect(response.status).toBe(200);
    expect(driver.api.requests).toHaveLength(1);
  });
});
