import { afterEach, describe, expect, test, vi } from "vitest";
import { type DevServer, startDevServer } from "../src/dev-server.ts";
import { syncApp } from "../src/sync/sync.ts";
import { FakeEngine } from "./fake-engine.ts";
import { type Handler, type SdkStub, startSdkStub } from "./sdk-stub.ts";

/** What SDKs of other languages write otherwise than the one for TypeScript does. */

const closing: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each.close();
});

async function app(handler: Handler): Promise<SdkStub> {
  const stub = await startSdkStub(handler);
  closing.push(stub);
  return stub;
}

async function devServer(): Promise<DevServer> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const tuning = { pollMs: 20, retryIntervalMs: 5 };
  const options = { db: ":memory:", port: 0, sdkUrls: [], discover: false, poll: false, pollIntervalMs: 20 };
  const server = await startDevServer({ ...options, log, tuning });
  closing.push({ close: () => server.close({ drainMs: 0 }) });
  return server;
}

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, ...((await response.json()) as object) };
}

/** Sends the event, and waits for the end of the run it starts. */
async function runOf({ url }: DevServer, name: string): Promise<{ status: string; output: unknown }> {
  const { ids } = (await post(`${url}/e/key`, { name })) as { ids: string[] };
  return await vi.waitUntil(async () => {
    const response = await fetch(`${url}/v2/events/${ids[0]}/runs?includeOutput=true`);
    const { data } = (await response.json()) as { data: { status: string; output: unknown }[] };
    return data.find(({ status }) => ["COMPLETED", "FAILED"].includes(status));
  });
}

function wrapped(sdk: string, body: unknown, status = 200, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(status, { "x-inngest-sdk": sdk, "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

describe("Python", () => {
  const python = (url: string, functions: unknown[] = [pythonFunction(url)]) => ({
    appname: "py",
    capabilities: { connect: "v1", in_band_sync: "v1", trust_probe: "v1" },
    deploy_type: "ping",
    framework: "fast_api",
    functions,
    sdk: "py:v0.5.19",
    url,
    v: "0.1",
  });

  function pythonFunction(url: string) {
    const runtime = { type: "http", url: `${url}?fnId=py-pay&stepId=step` };
    const steps = { step: { id: "step", name: "step", retries: { attempts: 0 }, runtime } };
    return {
      id: "py-pay",
      name: "pay",
      steps,
      triggers: [{ event: "py/pay", expression: null }],
      timeouts: null,
    };
  }

  test("an app registers as `appname`; its functions are called", async () => {
    const server = await devServer();
    const { url, seen } = await app(wrapped("inngest-py:v0.5.19", { paid: true }));
    expect(await post(`${server.url}/fn/register`, python(url))).toMatchObject({ status: 200, app_id: "py" });
    expect(await runOf(server, "py/pay")).toMatchObject({ status: "COMPLETED", output: { paid: true } });
    const body = JSON.parse(seen[0]?.body ?? "");
    expect(body).toMatchObject({ use_api: false, ctx: { attempt: 0, disable_immediate_execution: false } });
    expect(body.ctx.stack.stack).toEqual([]);
  });

  test("a failure for good: status 500 with the header", async () => {
    const server = await devServer();
    const error = { code: "non_retriable_error", message: "negative", name: "NonRetriableError", stack: "…" };
    const { url, seen } = await app(
      wrapped("inngest-py:v0.5.19", error, 500, { "x-inngest-no-retry": "true" }),
    );
    await post(`${server.url}/fn/register`, python(url));
    expect(await runOf(server, "py/pay")).toMatchObject({
      status: "FAILED",
      output: { message: "negative" },
    });
    expect(seen).toHaveLength(1);
  });

  test.each([
    ["py", "0.5.19"],
    ["go", "v0.14.2"],
  ])("a sync in band tells the SDK by its language and version: %s %s", async (language, version) => {
    const answer = { app_id: "py", functions: [pythonFunction("http://x.test")], sdk_author: "inngest" };
    const inBand = { "x-inngest-sync-kind": "in_band" };
    const { url } = await app(
      wrapped("x", { ...answer, sdk_language: language, sdk_version: version }, 200, inBand),
    );
    const engine = new FakeEngine();
    await syncApp(engine, url, new AbortController().signal);
    expect(engine.registered).toMatchObject([
      { appName: "py", sdk: `${language}:v${version.replace("v", "")}` },
    ]);
  });
});

describe("Go", () => {
  const registration = (url: string) => ({
    url,
    v: "1",
    deployType: "ping",
    sdk: "go:v0.14.2",
    appName: "go",
    headers: { env: "", platform: "" },
    capabilities: { in_band_sync: "v1", trust_probe: "v1" },
    functions: [
      {
        name: "Pay",
        id: "go-pay",
        triggers: [{ event: "go/pay" }],
        concurrency: { step: [{ limit: 2, key: "event.data.id", scope: "Env", hash: "" }] },
        singleton: { mode: "Skip", key: "event.data.id" },
        throttle: { limit: 0, period: "1m", burst: 0 },
        retries: 2,
        steps: {
          step: { id: "step", name: "Pay", retries: null, runtime: { url: `${url}?fnId=go-pay&step=step` } },
        },
      },
    ],
  });

  test("an app registers without the kind of its runtime, and with other words for scopes and modes", async () => {
    const server = await devServer();
    const { url, seen } = await app(wrapped("inngest-go:v0.14.2", "paid"));
    expect(await post(`${server.url}/fn/register`, registration(url))).toMatchObject({
      status: 200,
      ok: true,
    });
    expect(await runOf(server, "go/pay")).toMatchObject({ status: "COMPLETED", output: "paid" });
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(JSON.parse(seen[0]?.body ?? "").ctx.fn_id).toMatch(uuid);
    expect(Object.fromEntries(seen[0]?.url.searchParams ?? [])).toMatchObject({
      fnId: "go-pay",
      stepId: "step",
    });
  });

  test("a streamed answer may hold its body as it is, and tells beside the headers that no retry helps", async () => {
    const server = await devServer();
    const answer = { status: 500, body: { error: "no" }, retryAt: null, noRetry: true, headers: null };
    const { url, seen } = await app(wrapped("inngest-go:v0.14.2", answer, 201));
    await post(`${server.url}/fn/register`, registration(url));
    expect(await runOf(server, "go/pay")).toMatchObject({ status: "FAILED", output: { message: "no" } });
    expect(seen).toHaveLength(1);
  });
});
