import { hashedSigningKey } from "@stepfast/protocol";
import { describe, expect, test } from "vitest";
import type { ServerKeys } from "../src/auth/access.ts";
import { EventKeys } from "../src/auth/event-keys.ts";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { openApi } from "./api-fixture.ts";

const key = `signkey-prod-${"0a".repeat(16)}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const event = { name: "order/placed", data: {} };

function keys(over: Partial<ServerKeys> = {}): ServerKeys {
  return { event: new EventKeys(["event-key"]), signing: new SigningKeys({ signingKey: key }), ...over };
}

/** All there is, and what is not there. */
const closed = [
  "GET /",
  "GET /dev",
  "GET /metrics",
  "POST /fn/register",
  "DELETE /fn/remove",
  "POST /fn/step-limit",
  "DELETE /fn/step-limit",
  "POST /fn/state-size-limit",
  "POST /invoke/shop-pay",
  "POST /v1/signals",
  "GET /v1/events",
  "GET /v1/events/X",
  "GET /v1/events/X/runs",
  "GET /v1/runs/X",
  "DELETE /v1/runs/X",
  "GET /v1/runs/X/jobs",
  "GET /v1/apps/shop/functions",
  "GET /v1/cancellations",
  "POST /v1/cancellations",
  "GET /v1/prom/X",
  "POST /v1/traces/userland",
  "POST /v1/checkpoint",
  "POST /v1/checkpoint/X/async",
  "POST /v1/checkpoints",
  "GET /v0/runs/X/batch",
  "GET /v0/runs/X/actions",
  "DELETE /v0/runs/X",
  "POST /v0/gql",
  "GET /v2/apps",
  "GET /v2/runs",
  "GET /v2/runs/X/trace",
  "POST /v2/runs/X/cancel",
  "POST /v2/events",
  "POST /api/v2/events",
  "GET /debug/pprof/",
  "GET /e",
  "POST /e",
  "POST /e/",
  "POST /e/X",
  "POST /e/event-key/more",
  "OPTIONS /e/X",
  "GET /livez/more",
  "GET /v2/health/../runs",
  "GET //health",
  "GET /nothing",
] as const;

describe("without a key", () => {
  test.each(closed)("%s is closed", async (line) => {
    const [method = "", path = ""] = line.split(" ");
    const attempts = [{}, bearer(""), bearer("undefined"), bearer("event-key-2"), { authorization: key }];
    for (const opened of [
      await openApi({ keys: keys() }),
      await openApi({ keys: keys({ signing: undefined, event: new EventKeys([]) }) }),
    ]) {
      for (const headers of attempts) {
        const body = method === "POST" ? event : undefined;
        const response = await opened.send(method, path, body, headers);
        expect(response.status, `${line} with ${JSON.stringify(headers)}`).toBe(401);
        expect(response.headers.get("www-authenticate")).toBe("Bearer");
        expect(await response.text()).toContain("unauthorized");
      }
      expect(opened.engine.sent).toEqual([]);
    }
  });

  test.each(["/health", "/livez", "/readyz", "/v2/health", "/api/v2/health", "/livez/"])(
    "%s is open, by whatever name the server is called",
    async (path) => {
      const api = await openApi({ keys: keys() });
      expect((await api.get(path, { host: "jobs.example.com" })).status).toBe(200);
    },
  );
});

describe("with the signing key", () => {
  test.each([
    ["plain", async () => key],
    ["hashed", () => hashedSigningKey(key)],
  ])("%s the API is open", async (_form, token) => {
    const api = await openApi({ keys: keys() });
    const headers = bearer(await token());
    expect((await api.get("/v2/apps", headers)).status).toBe(200);
    expect((await api.get("/v1/runs/X", headers)).status).toBe(404);
    expect((await api.get("/nothing", headers)).status).toBe(404);
    expect((await api.send("POST", "/v2/events", event, headers)).status).toBe(200);
    const dev = await (await api.get("/dev", headers)).json();
    expect(dev).toMatchObject({ authed: true, isMissingSigningKey: false, isMissingEventKeys: false });
    expect(JSON.stringify(dev)).not.toContain("0a0a");
  });

  test("events still need theirs", async () => {
    const api = await openApi({ keys: keys() });
    expect((await api.send("POST", "/e/X", event, bearer(key))).status).toBe(401);
  });
});

describe("with an event key", () => {
  test("in the path or as bearer token events are taken", async () => {
    const api = await openApi({ keys: keys() });
    for (const [path, headers] of [
      ["/e/event-key", {}],
      ["/e/event-key/", {}],
      ["/e/%65vent-key", {}],
      ["/e/X", bearer("event-key")],
      ["/e", bearer("event-key")],
    ] as const) {
      expect((await api.send("POST", path, event, headers)).status, path).toBe(200);
    }
    expect(api.engine.sent).toHaveLength(5);
  });

  test("nothing else is", async () => {
    const api = await openApi({ keys: keys() });
    for (const path of ["/v2/runs", "/v1/events", "/metrics"]) {
      expect((await api.get(path, bearer("event-key"))).status).toBe(401);
    }
    expect((await api.send("POST", "/v2/events", event, bearer("event-key"))).status).toBe(401);
  });

  test("spans of user code are for the signing key", async () => {
    const api = await openApi({ keys: keys() });
    const path = "/v1/traces/userland";
    for (const headers of [{}, bearer("event-key")]) {
      expect((await api.send("POST", path, { resourceSpans: [] }, headers)).status).toBe(401);
    }
    expect((await api.send("POST", path, { resourceSpans: [] }, bearer(key))).status).toBe(200);
  });

  test("a refusal is worded as the event API does", async () => {
    const api = await openApi({ keys: keys() });
    for (const path of ["/e/X", "/e"]) {
      const response = await api.send("POST", path, event);
      expect(await response.json()).toMatchObject({ status: 401, code: "unauthorized", ids: [] });
    }
  });
});

test("a missing key and a wrong one are told apart", async () => {
  const api = await openApi({ keys: keys() });
  const told = async (headers: Record<string, string>) =>
    await (await api.send("GET", "/v2/runs", undefined, headers)).text();
  expect(await told({})).toContain("authorization: Bearer");
  expect(await told(bearer("0b".repeat(16)))).toContain("The key that was sent opens nothing here");
});

test("an app that expects a development server is told so", async () => {
  const api = await openApi({ keys: keys() });
  const headers = { ...bearer(key), "x-inngest-expected-server-kind": "dev" };
  const response = await api.send("POST", "/fn/register", {}, headers);
  expect(await response.json()).toMatchObject({
    code: "wrong_server_kind",
    error: expect.stringContaining("without INNGEST_DEV"),
  });
});

describe("readiness and metrics", () => {
  test("a reason not to be ready is a 503", async () => {
    const api = await openApi({ keys: keys(), notReady: async () => "draining" });
    const response = await api.get("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "not_ready", reason: "draining" });
    expect((await api.get("/livez")).status).toBe(200);
  });

  test.each(["/metrics", "/v1/prom/production"])("metrics are told to the signing key: %s", async (path) => {
    const api = await openApi({ keys: keys(), metrics: () => "a_total 1\n" });
    expect((await api.get(path)).status).toBe(401);
    const response = await api.get(path, bearer(key));
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toBe("a_total 1\n");
  });
});
