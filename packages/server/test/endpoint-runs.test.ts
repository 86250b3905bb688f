import { StepfastError } from "@stepfast/protocol";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { afterEach, describe, expect, test } from "vitest";
import { EventKeys } from "../src/auth/event-keys.ts";
import { SigningKeys } from "../src/auth/signing-keys.ts";
import { type RunResponse, runResponse } from "../src/endpoints/run-response.ts";
import { type Api, openApi } from "./api-fixture.ts";
import { productionNode, signingKey, withKey } from "./production-node.ts";
import { runRow } from "./rows.ts";

const runId = "01J00000000000000000000000";
const data = { domain: "https://app.example", path: "/pay", method: "POST" };
const event = { name: "inngest/http.request", data };
const step = { id: "a".repeat(40), op: "StepRun", data: 1 };
const whole = { run_id: runId, event, retries: 2, steps: [step], ts: 1, request_version: 2 };

const keys = { event: new EventKeys([]), signing: new SigningKeys({ signingKey }) };
const api = (): Promise<Api> => openApi({ keys });

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe("POST /v1/checkpoint", () => {
  test("makes the run, and says how its output and its stream can be had", async () => {
    const { engine, send, server } = await api();
    const response = await send("POST", "/v1/checkpoint", whole, withKey);
    expect(response.status).toBe(200);
    const { data: made } = await response.json();
    expect(made).toMatchObject({ run_id: runId, fn_id: expect.any(String), app_id: "http://app" });
    expect(engine.endpointRuns).toMatchObject([
      { runId, retries: 2, event, ops: [{ op: "StepRun", data: 1 }] },
    ]);
    await server.realtime.tokens.checkOutput(made.token, runId);
    expect(await server.realtime.tokens.grant(made.realtime_token)).toEqual({ topics: [], runId });
    await expect(server.realtime.tokens.checkOutput(made.token, "other")).rejects.toThrow("another run");
    await expect(server.realtime.tokens.checkOutput(made.realtime_token, runId)).rejects.toThrow();
  });

  test.each([
    ["no run id", { ...whole, run_id: undefined }],
    ["a run id that is none", { ...whole, run_id: "run" }],
    ["another event", { ...whole, event: { name: "other", data } }],
    ["no event", { ...whole, event: undefined }],
    ["a domain with a path", { ...whole, event: { ...event, data: { ...data, domain: "https://a.b/c" } } }],
    [
      "a domain that is no web address",
      { ...whole, event: { ...event, data: { ...data, domain: "file:///x" } } },
    ],
    ["user and password", { ...whole, event: { ...event, data: { ...data, domain: "https://u:p@a.b" } } }],
    ["a path that is none", { ...whole, event: { ...event, data: { ...data, path: "pay" } } }],
    ["an unknown method", { ...whole, event: { ...event, data: { ...data, method: "TRACE" } } }],
    ["a body that is no text", { ...whole, event: { ...event, data: { ...data, body: {} } } }],
    ["a name that is too long", { ...whole, event: { ...event, data: { ...data, fn: "x".repeat(513) } } }],
    ["too many retries", { ...whole, retries: 21 }],
    ["unknown ops", { ...whole, steps: [{ id: "a", op: "Dance" }] }],
  ])("refuses %s", async (_what, body) => {
    const { engine, send } = await api();
    expect((await send("POST", "/v1/checkpoint", body, withKey)).status).toBe(400);
    expect(engine.endpointRuns).toEqual([]);
  });

  test("and what is told later need the signing key", async () => {
    const { send } = await api();
    for (const path of ["/v1/checkpoint", `/v1/checkpoint/${runId}/steps`]) {
      expect((await send("POST", path, whole)).status).toBe(401);
    }
  });
});

describe("POST /v1/checkpoint/:run/steps", () => {
  const path = `/v1/checkpoint/${runId}/steps`;

  test("hands them on to the engine", async () => {
    const { engine, send } = await api();
    expect((await send("POST", path, { run_id: runId, steps: [step] }, withKey)).status).toBe(200);
    expect(engine.endpointReports).toMatchObject([{ runId, ops: [{ op: "StepRun" }] }]);
  });

  test("is stale where the run is nobody's of this node's", async () => {
    const { engine, send } = await api();
    engine.failWith = new StepfastError("stale_dispatch", "not mine");
    const response = await send("POST", path, { steps: [step] }, withKey);
    expect([response.status, (await response.json()).code]).toEqual([409, "stale_dispatch"]);
  });
});

describe("the output of a run", () => {
  test("needs its token", async () => {
    const { get, server } = await api();
    const other = await server.realtime.tokens.forOutput("01J00000000000000000000001");
    for (const token of ["", "x", other]) {
      for (const base of ["http/runs", "checkpoint"]) {
        expect((await get(`/v1/${base}/${runId}/output?token=${token}`)).status).toBe(401);
      }
    }
    const own = await server.realtime.tokens.forOutput(runId);
    expect((await get(`/v1/http/runs/${runId}/output?token=${own}`)).status).toBe(404);
  });

  const output = (value: unknown, status: "completed" | "failed" | "cancelled" = "completed"): RunResponse =>
    runResponse(runRow({ status, output: JSON.stringify(value) }));

  test("is what the endpoint answered with", () => {
    const headers = {
      "Content-Type": "text/plain",
      "X-Own": "1",
      "Transfer-Encoding": "chunked",
      "b d": "x",
    };
    expect(output({ status: 201, headers, body: "made", version: 2 })).toEqual({
      succeeded: true,
      statusCode: 201,
      headers: { "content-type": "text/plain", "x-own": "1" },
      body: "made",
    });
  });

  test("is JSON where it is no response, and 500 with the error of a run that failed", () => {
    expect(output({ n: 1 })).toMatchObject({ statusCode: 200, body: '{"n":1}' });
    expect(output({ status: 99, body: "x" })).toMatchObject({
      statusCode: 200,
      body: '{"status":99,"body":"x"}',
    });
    expect(output({ name: "E", message: "no" }, "failed")).toMatchObject({
      succeeded: false,
      statusCode: 500,
      body: '{"error":"no","name":"E","status":500}',
    });
  });
});

test("what an app tells another node than the one that has its run is handed on", async () => {
  const store = new SharedMemoryStore();
  const first = await productionNode({ store });
  const second = await productionNode({ store });
  closers.push(async () => {
    for (const node of [first, second]) await node.close({ drainMs: 0 });
  });
  const post = (node: { url: string }, path: string, body: object) =>
    fetch(`${node.url}${path}`, { method: "POST", headers: withKey, body: JSON.stringify(body) });
  const made = await post(first, "/v1/checkpoint", whole);
  const { data: tokens } = (await made.json()) as { data: { token: string } };
  const end = { id: "complete", op: "RunComplete", data: { status: 200, headers: {}, body: "done" } };
  expect((await post(second, `/v1/checkpoint/${runId}/steps`, { steps: [end] })).status).toBe(200);
  // Neither node is asked in particular: the token is good on both.
  for (const node of [first, second]) {
    const output = await fetch(`${node.url}/v1/http/runs/${runId}/output?token=${tokens.token}`);
    expect([output.status, await output.text()]).toEqual([200, "done"]);
  }
});

test("who follows a run's stream gets the response even if the app never tells it", async () => {
  const node = await productionNode({});
  closers.push(() => node.close({ drainMs: 0 }));
  const post = (path: string, body: object) =>
    fetch(`${node.url}${path}`, { method: "POST", headers: withKey, body: JSON.stringify(body) });
  const made = await post("/v1/checkpoint", whole);
  const { data: tokens } = (await made.json()) as { data: { realtime_token: string } };
  const following = await fetch(`${node.url}/v1/realtime/sse?token=${tokens.realtime_token}`);
  const tee = `/v1/realtime/publish/tee?channel=${runId}`;
  await fetch(`${node.url}${tee}`, {
    method: "POST",
    headers: withKey,
    body: "event: inngest.stream\ndata: {}\n\n",
  });
  const end = { id: "complete", op: "RunComplete", data: { status: 200, headers: {}, body: "done" } };
  await post(`/v1/checkpoint/${runId}/steps`, { steps: [end] });
  const text = await following.text();
  expect(text).toContain("event: inngest.stream\ndata: {}\n\n");
  const [, last = ""] = /event: inngest\.response\ndata: (.*)\n/.exec(text) ?? [];
  expect(JSON.parse(last)).toMatchObject({
    status: "succeeded",
    response: { statusCode: 200, body: "done" },
  });
  expect(text.match(/inngest\.response/g)).toHaveLength(1);
});
