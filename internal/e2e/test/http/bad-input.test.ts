import { gzipSync } from "node:zlib";
import { limits } from "@stepfast/protocol";
import type { DevServer } from "@stepfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { ours } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

const cleanUps = new CleanUps();
let server: DevServer;
let api: Api;
let app: App;

beforeAll(async () => {
  server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  api = new Api(server.url);
  app = new App(ours, api);
  cleanUps.add(() => app.stop());
  await app.start([
    app.client.createFunction(
      { id: "taker", triggers: { event: app.event("go") } },
      ({ event }) => event.data,
    ),
  ]);
});
afterAll(() => cleanUps.run());

interface Refusal {
  status: number;
  code: string;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json()) as { code?: string; errors?: { code: string }[] };
  return { status: response.status, code: body.code ?? body.errors?.[0]?.code ?? "none" };
}

/** Sent as it is written: not every text here is JSON, and keys must arrive as they are. */
function post(path: string, body: string, type = "application/json"): Promise<Response> {
  return fetch(`${api.url}${path}`, { method: "POST", body, headers: { "content-type": type } });
}

const eventCount = async () => (await api.get<unknown[]>("/v1/events?limit=100")).length;

describe("events that cannot be taken", () => {
  const good = () => JSON.stringify({ name: app.event("go"), data: { n: 1 } });

  test.each<[string, string, Refusal]>([
    ["no JSON", "{", { status: 400, code: "invalid_json" }],
    ["a number", "7", { status: 400, code: "invalid_event" }],
    ["null in a batch", "[null]", { status: 400, code: "invalid_event" }],
    ["no name", '{"data":{}}', { status: 400, code: "invalid_event" }],
    ["an empty name", '{"name":""}', { status: 400, code: "invalid_event" }],
    ["a name that is no text", '{"name":{}}', { status: 400, code: "invalid_event" }],
    ["a name too long", `{"name":"${"x".repeat(513)}"}`, { status: 400, code: "invalid_event" }],
    ["data that is no object", '{"name":"a","data":[1]}', { status: 400, code: "invalid_event" }],
    ["data that is text", '{"name":"a","data":"x"}', { status: 400, code: "invalid_event" }],
    ["an id that is no text", '{"name":"a","id":5}', { status: 400, code: "invalid_event" }],
    ["a time that is none", '{"name":"a","ts":"noon"}', { status: 400, code: "invalid_event" }],
    ["a reserved name", '{"name":"inngest/function.failed"}', { status: 400, code: "reserved_event_name" }],
    ["a reserved name in capitals", '{"name":"Inngest/x"}', { status: 400, code: "reserved_event_name" }],
  ])("%s", async (_what, text, refusal) => {
    const before = await eventCount();
    expect(await refusalOf(await post("/e/key", text))).toEqual(refusal);
    expect(await eventCount()).toBe(before);
  });

  test("one bad event of a batch: none is taken, and sending the rest again takes them once", async () => {
    const before = await eventCount();
    const batch = `[${good()},{"name":"inngest/x"},${good()}]`;
    const response = await post("/e/key", batch);
    expect(await refusalOf(response.clone())).toEqual({ status: 400, code: "reserved_event_name" });
    expect(await response.json()).toMatchObject({ ids: [], error: expect.stringContaining("inngest/x") });
    expect(await eventCount()).toBe(before);
    expect(await api.runsOfFunction(`${app.id}-taker`)).toEqual([]);
    const { ids } = (await (await post("/e/key", `[${good()},${good()}]`)).json()) as { ids: string[] };
    for (const id of ids)
      expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output: { n: 1 } });
  });

  test("too many, or too large", async () => {
    const many = `[${Array.from({ length: 5_001 }, () => '{"name":"a"}').join()}]`;
    expect(await refusalOf(await post("/e/key", many))).toEqual({ status: 400, code: "invalid_event_batch" });
    const large = `{"name":"a","data":{"text":"${"x".repeat(limits.eventBytes)}"}}`;
    expect(await refusalOf(await post("/e/key", large))).toEqual({ status: 413, code: "event_too_large" });
    const huge = `{"name":"a","data":{"text":"${"x".repeat(limits.requestBytes)}"}}`;
    expect(await refusalOf(await post("/e/key", huge))).toEqual({ status: 413, code: "body_too_large" });
    expect((await api.request("GET", "/health")).status).toBe(200);
  });

  test("a form", async () => {
    const body = new FormData();
    body.set("name", "a");
    const response = await fetch(`${api.url}/e/key`, { method: "POST", body });
    expect(await refusalOf(response)).toEqual({ status: 415, code: "unsupported_media_type" });
  });

  test("a body that is packed", async () => {
    const response = await fetch(`${api.url}/e/key`, {
      method: "POST",
      body: gzipSync(good()),
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
    expect(await refusalOf(response)).toEqual({ status: 415, code: "unsupported_media_type" });
  });

  test("nothing at all is no event, and no error", async () => {
    for (const body of ["", "[]"]) {
      const response = await post("/e/key", body);
      expect([response.status, await response.json()]).toEqual([200, { ids: [], status: 200 }]);
    }
  });
});

describe("keys of JavaScript's own", () => {
  const forged = ['{"__proto__":{"admin":true}}', '{"a":[{"constructor":{"prototype":{"admin":true}}}]}'];

  test.each(forged)("%s is refused, and changes nothing", async (data) => {
    const refused = await post("/e/key", `{"name":"${app.event("go")}","data":${data}}`);
    expect(await refusalOf(refused)).toEqual({ status: 400, code: "invalid_event" });
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  test("those that can do no harm are data like any other", async () => {
    const data = { constructor: "Ford", toString: 1, hasOwnProperty: null, valueOf: [] };
    expect(await api.outcome(await app.send("go", data))).toMatchObject({ output: data });
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "%s is the name of no function, run, app or signal",
    async (name) => {
      expect(await refusalOf(await post(`/invoke/${name}`, "{}"))).toEqual({
        status: 404,
        code: "function_not_found",
      });
      expect((await api.request("GET", `/v2/runs/${name}`)).status).toBe(404);
      expect((await api.request("GET", `/v2/apps/${name}/functions`)).status).toBe(404);
      expect((await api.request("POST", "/v1/signals", { signal: name })).status).toBe(404);
    },
  );
});

describe("a registration that cannot be taken", () => {
  const url = "http://127.0.0.1:1/api/inngest";
  const step = (id: string) => ({
    step: { id: "step", name: "step", runtime: { type: "http", url: `${url}?fnId=${id}` } },
  });
  const fn = (id: string, more: object = {}) => ({
    id,
    name: id,
    triggers: [{ event: "x/y" }],
    steps: step(id),
    ...more,
  });
  const register = (functions: unknown, headers: Record<string, string> = {}) =>
    api.request(
      "POST",
      "/fn/register",
      { url, appName: "bad", deployType: "ping", sdk: "js:v4.24.0", v: "0.1", functions },
      headers,
    );
  const config = { status: 400, code: "invalid_config" };

  test.each<[string, unknown, Refusal]>([
    ["functions that are no list", {}, config],
    ["a function without id", [{ name: "x", triggers: [] }], config],
    ["one id twice", [fn("bad-a"), fn("bad-a")], { status: 400, code: "duplicate_function" }],
    [
      "an expression that is none",
      [fn("bad-a", { triggers: [{ event: "x", expression: "event.data. >" }] })],
      { status: 400, code: "invalid_config" },
    ],
    [
      "too many triggers",
      [fn("bad-a", { triggers: Array.from({ length: 11 }, (_, i) => ({ event: `e${i}` })) })],
      config,
    ],
    [
      "too many cancellations",
      [fn("bad-a", { cancel: Array.from({ length: 6 }, (_, i) => ({ event: `e${i}` })) })],
      config,
    ],
    [
      "a timeout that is no time",
      [fn("bad-a", { timeouts: { finish: "soon" } })],
      { status: 400, code: "invalid_config" },
    ],
    [
      "too many retries",
      [fn("bad-a", { steps: { step: { ...step("bad-a").step, retries: { attempts: 21 } } } })],
      config,
    ],
  ])("%s", async (_what, functions, refusal) => {
    const response = await register(functions);
    const { status, code } = await refusalOf(response);
    expect({ status, code }).toEqual(refusal);
    expect((await api.request("GET", "/v2/apps/bad/functions")).status).toBe(404);
  });

  test("another kind of server", async () => {
    const response = await register([fn("bad-a")], { "x-inngest-expected-server-kind": "cloud" });
    expect(await refusalOf(response)).toEqual({ status: 400, code: "wrong_server_kind" });
  });
});

describe("questions without an answer", () => {
  const nobody = "01KAZJ7S0GQW8T3V5Y9B2D4F6H";

  test.each<[string, string, Refusal]>([
    ["GET", "/nowhere", { status: 404, code: "not_found" }],
    ["GET", "/v1/nowhere", { status: 404, code: "not_found" }],
    ["GET", "/e/key", { status: 405, code: "method_not_allowed" }],
    ["PUT", "/v2/runs", { status: 405, code: "method_not_allowed" }],
    ["GET", `/v1/events/${nobody}`, { status: 404, code: "event_not_found" }],
    ["GET", `/v1/events/${nobody}/runs`, { status: 404, code: "event_not_found" }],
    ["GET", `/v2/events/${nobody}/runs`, { status: 404, code: "event_not_found" }],
    ["GET", `/v1/runs/${nobody}`, { status: 404, code: "run_not_found" }],
    ["GET", `/v1/runs/${nobody}/jobs`, { status: 404, code: "run_not_found" }],
    ["DELETE", `/v1/runs/${nobody}`, { status: 404, code: "run_not_found" }],
    ["GET", `/v2/runs/${nobody}`, { status: 404, code: "run_not_found" }],
    ["GET", `/v2/runs/${nobody}/trace`, { status: 404, code: "run_not_found" }],
    ["POST", `/v2/runs/${nobody}/cancel`, { status: 404, code: "run_not_found" }],
    ["GET", `/v0/runs/${nobody}/actions`, { status: 404, code: "run_not_found" }],
    ["GET", "/v1/apps/nobody/functions", { status: 404, code: "app_not_found" }],
    ["GET", "/v2/apps/nobody/functions", { status: 404, code: "app_not_found" }],
    ["DELETE", "/fn/remove?url=http://127.0.0.1:1/x", { status: 404, code: "app_not_found" }],
    ["DELETE", "/fn/remove", { status: 400, code: "invalid_request" }],
    ["GET", "/v2/runs?limit=0", { status: 400, code: "invalid_request" }],
    ["GET", "/v2/runs?status=lost", { status: 400, code: "invalid_request" }],
    ["GET", "/v2/runs?from=yesterday", { status: 400, code: "invalid_request" }],
    ["GET", "/v1/events?limit=1000", { status: 400, code: "invalid_request" }],
  ])("%s %s", async (method, path, refusal) => {
    expect(await refusalOf(await api.request(method, path))).toEqual(refusal);
  });

  test.each<[string, unknown, Refusal]>([
    ["/v1/signals", {}, { status: 400, code: "invalid_request" }],
    ["/v1/signals", { signal: "nobody" }, { status: 404, code: "signal_not_found" }],
    ["/v1/signals", [], { status: 400, code: "invalid_request" }],
    ["/invoke/nobody", {}, { status: 404, code: "function_not_found" }],
    ["/v2/events", { name: "inngest/x" }, { status: 400, code: "reserved_event_name" }],
    [`/v1/checkpoint/${nobody}/async`, { steps: [] }, { status: 409, code: "stale_dispatch" }],
    [
      `/v1/checkpoint/${nobody}/async`,
      { steps: [{ id: "x", op: "Sleep" }] },
      { status: 400, code: "invalid_request" },
    ],
  ])("POST %s %j", async (path, body, refusal) => {
    expect(await refusalOf(await api.request("POST", path, body))).toEqual(refusal);
  });

  test("a page of somebody else's may not change anything", async () => {
    const response = await fetch(`${api.url}/fn/register`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", origin: "https://evil.example" },
    });
    expect(await refusalOf(response)).toEqual({ status: 403, code: "forbidden" });
  });
});
