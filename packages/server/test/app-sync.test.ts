import { StepfastError } from "@stepfast/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { type Api, openApi } from "./api-fixture.ts";
import { payConfig } from "./rows.ts";

let api: Api;
beforeEach(async () => {
  api = await openApi();
});

const registration = {
  url: "http://localhost:3000/api/inngest",
  deployType: "ping",
  framework: "express",
  appName: "shop",
  functions: [payConfig],
  sdk: "js:v4.24.0",
  v: "0.1",
  featureObservations: { unknown: true },
};

describe("POST /fn/register", () => {
  test("registers the app", async () => {
    const response = await api.send("POST", "/fn/register", registration, {
      "x-inngest-expected-server-kind": "dev",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-inngest-server-kind")).toBe("dev");
    expect(await response.json()).toMatchObject({ ok: true, modified: true, skipped: false, app_id: "shop" });
    expect(api.engine.registered[0]).toMatchObject({ appName: "shop", url: registration.url });
  });

  test("refuses an app that expects another kind of server", async () => {
    const response = await api.send("POST", "/fn/register", registration, {
      "x-inngest-expected-server-kind": "cloud",
    });
    expect(response.status).toBe(400);
    expect((await response.json()).code).toBe("wrong_server_kind");
    expect(api.engine.registered).toEqual([]);
  });

  test("refuses a configuration that is none", async () => {
    const response = await api.send("POST", "/fn/register", { ...registration, functions: "all" });
    expect(response.status).toBe(400);
    expect((await response.json()).code).toBe("invalid_config");
  });

  test("passes on what the engine finds wrong", async () => {
    api.engine.failWith = new StepfastError("invalid_config", "shop-pay: idempotency: not an expression");
    const response = await api.send("POST", "/fn/register", registration);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: "shop-pay: idempotency: not an expression",
      status: 400,
      code: "invalid_config",
    });
  });

  test("takes JSON only", async () => {
    const response = await api.send("POST", "/fn/register", registration, { "content-type": "text/plain" });
    expect(response.status).toBe(415);
  });
});

describe("DELETE /fn/remove", () => {
  test("removes the app at the URL, however the URL is decorated", async () => {
    const url = encodeURIComponent("http://localhost:3000/api/inngest/?deployId=1");
    expect((await api.send("DELETE", `/fn/remove?url=${url}`)).status).toBe(200);
    expect(api.engine.removed).toEqual(["shop"]);
  });

  test.each([
    ["", 400, "invalid_request"],
    ["?url=nonsense", 400, "invalid_request"],
    ["?url=http://localhost:4000/api/inngest", 404, "app_not_found"],
  ])("%s is refused", async (query, status, code) => {
    const response = await api.send("DELETE", `/fn/remove${query}`);
    expect(response.status).toBe(status);
    expect((await response.json()).code).toBe(code);
  });
});

test("GET /dev describes the server", async () => {
  const body = await (await api.get("/dev")).json();
  expect(body).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    authed: false,
    isMissingSigningKey: false,
    features: {},
    functions: [{ id: "shop-pay", url: "http://localhost:3000/api/inngest" }],
    handlers: [{ id: "shop", url: "http://localhost:3000/api/inngest", sdk: "js:v4.24.0" }],
  });
});

test("GET / says where to go", async () => {
  const body = await (await api.get("/")).json();
  expect(body).toMatchObject({ name: "Stepfast", mode: "dev" });
  for (const path of [body.health, body.apps, body.runs, body.events])
    expect((await api.get(path)).status).toBe(200);
});
