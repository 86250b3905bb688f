import { beforeEach, describe, expect, test } from "vitest";
import { isAllowedHost } from "../src/http/guard.ts";
import { type Api, openApi } from "./api-fixture.ts";

let api: Api;
beforeEach(async () => {
  api = await openApi();
});

const order = { name: "order/placed" };

describe("the Host header", () => {
  test.each(["localhost:8288", "127.0.0.1:8288", "[::1]:8288", "LOCALHOST", "stepfast.localhost"])(
    "%s is served",
    async (host) => {
      expect((await api.get("/health", { host })).status).toBe(200);
    },
  );

  test.each([
    "evil.example",
    "localhost.evil.example:8288",
    "10.0.0.5",
    "127.0.0.1.evil.example",
    "bad host",
  ])("%s is refused", async (host) => {
    const response = await api.get("/v1/events", { host });
    expect(response.status).toBe(403);
    expect((await response.json()).code).toBe("forbidden");
  });

  test("the address listened on is served too", async () => {
    const open = await openApi({ host: "dev.box.example" });
    expect((await open.get("/health", { host: "dev.box.example:8288" })).status).toBe(200);
    expect((await open.get("/health", { host: "other.example" })).status).toBe(403);
  });

  test("on all addresses, names that nobody can register are served", () => {
    for (const name of ["10.0.0.5", "stepfast", "host.docker.internal", "[fe80::1]"]) {
      expect(isAllowedHost(name, "0.0.0.0")).toBe(true);
    }
    expect(isAllowedHost("evil.example", "0.0.0.0")).toBe(false);
    expect(isAllowedHost("10.0.0.5", "127.0.0.1")).toBe(false);
  });
});

describe("the Origin header", () => {
  test("a page of somewhere else may change nothing", async () => {
    for (const origin of ["https://evil.example", "null", "http://localhost.evil.example"]) {
      expect((await api.send("POST", "/e/k", order, { origin })).status).toBe(403);
      expect((await api.send("DELETE", "/v1/runs/R", undefined, { origin })).status).toBe(403);
      expect((await api.send("POST", "/v2/runs/R/cancel", undefined, { origin })).status).toBe(403);
      expect((await api.send("POST", "/fn/register", {}, { origin })).status).toBe(403);
    }
    expect(api.engine.sent).toEqual([]);
    expect(api.engine.cancelled).toEqual([]);
  });

  test("a page of this machine may send events and read the answer", async () => {
    const origin = "http://localhost:3000";
    const response = await api.send("POST", "/e/k", order, { origin });
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
  });

  test("its preflight is answered", async () => {
    const response = await api.send("OPTIONS", "/e/k", undefined, {
      origin: "http://127.0.0.1:5173",
      "access-control-request-headers": "content-type,x-inngest-sdk",
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("http://127.0.0.1:5173");
    expect(response.headers.get("access-control-allow-headers")).toBe("content-type,x-inngest-sdk");
  });

  test("nobody else's preflight is", async () => {
    const response = await api.send("OPTIONS", "/e/k", undefined, { origin: "https://evil.example" });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(response.status).toBe(405);
  });

  test("another page of this machine may not use the rest of the API, our own may", async () => {
    const other = await api.send("DELETE", "/v1/runs/R", undefined, { origin: "http://localhost:3000" });
    expect(other.status).toBe(403);
    const own = await api.send("DELETE", "/v1/runs/R", undefined, { origin: "http://localhost:8288" });
    expect(own.status).toBe(204);
  });

  test("a refusal comes in the API's own shape", async () => {
    const response = await api.send("POST", "/v2/events", order, { origin: "https://evil.example" });
    expect(await response.json()).toEqual({ errors: [{ code: "forbidden", message: expect.any(String) }] });
  });
});
