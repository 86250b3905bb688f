import { gzipSync } from "node:zlib";
import { limits } from "@stepfast/protocol";
import { MemoryStore } from "@stepfast/store/memory";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DevServer, startDevServer } from "../src/dev-server.ts";
import { exportRequest, exportResponse } from "../src/otlp/protobuf.ts";
import { runIdOf, traceIdOf } from "../src/otlp/trace-parent.ts";
import type { Span } from "../src/trace/span.ts";
import { register, reportingApp } from "./production-node.ts";
import type { SdkStub } from "./sdk-stub.ts";

const HASH = "a".repeat(40);
const startedAt = Date.UTC(2026, 0, 1);
const nanoOf = (ms: number) => String(BigInt(Math.round(ms * 1_000)) * 1_000n);

let server: DevServer;
let app: SdkStub;
beforeEach(async () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  server = await startDevServer({
    db: ":memory:",
    store: new MemoryStore(),
    port: 0,
    sdkUrls: [],
    discover: false,
    poll: false,
    pollIntervalMs: 1_000,
    log,
  });
  app = await reportingApp(() => server.url);
  await register(server, app.url);
});
afterEach(async () => {
  await server.close({ drainMs: 0 });
  await app.close();
});

/** A run with the completed step `one`. */
async function ran(): Promise<string> {
  const ended = new Promise<string>((resolve) => server.engine.onRunEnd(resolve));
  await fetch(`${server.url}/e/key`, { method: "POST", body: '{"name":"order/placed"}' });
  return await ended;
}

async function rootOf(runId: string): Promise<Span> {
  const response = await fetch(`${server.url}/v2/runs/${runId}/trace?includeOutput=true`);
  return ((await response.json()) as { data: { rootSpan: Span } }).data.rootSpan;
}

function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const type = { "content-type": "application/json" };
  const init = { method: "POST", body, headers: { ...type, ...headers } };
  return fetch(`${server.url}/v1/traces/userland`, init);
}

interface Given {
  spanId: string;
  parentSpanId?: string;
  name?: string;
  attributes?: object[];
  [more: string]: unknown;
}

function otlp(runId: string, spans: Given[]): string {
  const base = {
    traceId: traceIdOf(runId),
    name: "query",
    kind: 3,
    startTimeUnixNano: nanoOf(startedAt),
    endTimeUnixNano: nanoOf(startedAt + 1.5),
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  const scopeSpans = [{ scope: { name: "pg" }, spans: spans.map((span) => ({ ...base, ...span })) }];
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] });
}

const ofStep = (attempt = 0) => [
  { key: "inngest.step.hash", value: { stringValue: HASH } },
  { key: "inngest.step.attempt", value: { intValue: String(attempt) } },
];

test("a run's id is its trace's, and back", () => {
  const runId = "01M7ZWYJQVFRKSE2164XK0SBVH";
  expect(traceIdOf(runId)).toMatch(/^[0-9a-f]{32}$/);
  expect(runIdOf(traceIdOf(runId) ?? "")).toBe(runId);
  expect(traceIdOf(`7${"Z".repeat(25)}`)).toBe("f".repeat(32));
  for (const other of ["", "RUN", "8".repeat(26), runId.toLowerCase()]) {
    expect(traceIdOf(other)).toBeUndefined();
  }
});

test("calls carry the trace of their run, and the step they are for", async () => {
  const runId = await ran();
  expect(app.seen[0]?.headers.traceparent).toBe(`00-${traceIdOf(runId)}-${traceIdOf(runId)?.slice(16)}-01`);
});

describe("spans", () => {
  test("hang on the attempt, the step or the run they belong to, and on each other", async () => {
    const runId = await ran();
    const id = (n: number) => String(n).padStart(16, "0");
    const body = otlp(runId, [
      { spanId: id(1), name: "inngest.execution" },
      {
        spanId: id(2),
        parentSpanId: id(1),
        name: "load",
        attributes: [
          ...ofStep(),
          { key: "rows", value: { intValue: "3" } },
          { key: "share", value: { doubleValue: 0.5 } },
          { key: "tags", value: { arrayValue: { values: [{ stringValue: "a" }, { boolValue: true }] } } },
          { key: "inngest.traceparent", value: { stringValue: "x" } },
        ],
        events: [{ timeUnixNano: nanoOf(startedAt + 1), name: "slow", attributes: [] }],
        status: { code: 2, message: "no rows" },
      },
      { spanId: id(3), parentSpanId: id(2), name: "connect", attributes: ofStep() },
      { spanId: id(4), parentSpanId: id(1), name: "outside" },
      { spanId: id(5), name: "other attempt", attributes: ofStep(7) },
    ]);
    expect(await (await post(body)).json()).toEqual({});
    // Exporters send again what was not answered.
    expect(await (await post(body)).json()).toEqual({});
    const root = await rootOf(runId);
    const [step, execution] = root.children;
    expect(root.children.map(({ name }) => name).sort()).toEqual(["inngest.execution", "one"]);
    const one = step?.name === "one" ? step : execution;
    expect(one?.children.map(({ name }) => name)).toEqual(["Attempt 0", "other attempt"]);
    const [load] = one?.children[0]?.children ?? [];
    expect(load).toMatchObject({
      id: id(2),
      name: "load",
      status: "FAILED",
      stepId: HASH,
      startedAt: "2026-01-01T00:00:00.000Z",
      durationMs: 1.5,
      error: { message: "no rows" },
      children: [{ name: "connect", status: "COMPLETED" }],
    });
    expect(load?.userland).toEqual({
      kind: "CLIENT",
      scope: "pg",
      service: "shop",
      attributes: { rows: 3, share: 0.5, tags: ["a", true] },
      events: [{ at: "2026-01-01T00:00:00.001Z", name: "slow", attributes: {} }],
    });
    const outer = root.children.find(({ name }) => name === "inngest.execution");
    expect(outer?.children.map(({ name }) => name)).toEqual(["outside"]);
  });

  test("come as protobuf, too, and packed", async () => {
    const runId = await ran();
    const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
    const start = BigInt(startedAt) * 1_000_000n;
    const bytes = exportRequest.encode({
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
          scopeSpans: [
            {
              scope: { name: "pg" },
              spans: [
                {
                  traceId: hex(`${"0".repeat(31)}1`),
                  spanId: hex("00000000000000ff"),
                  parentSpanId: hex(""),
                  name: "packed",
                  kind: 1,
                  startTimeUnixNano: start,
                  endTimeUnixNano: start + 2_000_000n,
                  attributes: [
                    { key: "sdk.run.id", value: { stringValue: runId } },
                    { key: "raw", value: { bytesValue: Uint8Array.of(1, 2) } },
                    {
                      key: "deep",
                      value: { kvlistValue: { values: [{ key: "a", value: { intValue: 7 } }] } },
                    },
                  ],
                  events: [],
                  status: undefined,
                },
              ],
            },
          ],
        },
      ],
    });
    const type = { "content-type": "application/x-protobuf" };
    const packed = await post(Uint8Array.from(gzipSync(bytes)), { ...type, "content-encoding": "gzip" });
    expect([packed.status, packed.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
    expect(await packed.arrayBuffer()).toHaveProperty("byteLength", 0);
    const root = await rootOf(runId);
    expect(root.children.find(({ name }) => name === "packed")).toMatchObject({
      durationMs: 2,
      userland: { kind: "INTERNAL", attributes: { raw: "AQI=", deep: { a: 7 } } },
    });
    const junk = await post(bytes.slice(0, -3), type);
    expect([junk.status, (await junk.json()).code]).toEqual([400, "invalid_request"]);
  });

  test("that cannot be kept are told of; the others are kept", async () => {
    const runId = await ran();
    const many = Array.from({ length: limits.spansPerRun }, (_, n) => ({
      spanId: (n + 1).toString(16).padStart(16, "0"),
    }));
    const stranger = JSON.parse(otlp("01M7ZWYJQVFRKSE2164XK0SBVH", [{ spanId: "00000000000000aa" }]));
    const all = JSON.parse(
      otlp(runId, [
        { spanId: "0000000000000000" },
        {
          spanId: "0000000000100000",
          attributes: [{ key: "x", value: { stringValue: "x".repeat(70_000) } }],
        },
        ...many,
        { spanId: "0000000000200000" },
      ]),
    );
    const body = JSON.stringify({ resourceSpans: [...stranger.resourceSpans, ...all.resourceSpans] });
    const { partialSuccess } = await (await post(body)).json();
    expect(partialSuccess.rejectedSpans).toBe(4);
    for (const why of ["1 without", "1 of no run", "2 over"])
      expect(partialSuccess.errorMessage).toContain(why);
    expect((await rootOf(runId)).children).toHaveLength(1 + limits.spansPerRun);
    // Notes are counted for themselves.
    const note = { metadata: [{ kind: "a", values: { b: 1 } }] };
    const noted = await fetch(`${server.url}/v1/runs/${runId}/metadata`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(note),
    });
    expect((await noted.json()).data).toMatchObject([{ kind: "a" }]);
    const proto = exportRequest.encode({
      resourceSpans: [{ resource: undefined, scopeSpans: [{ scope: undefined, spans: [] }] }],
    });
    expect((await post(proto, { "content-type": "application/x-protobuf" })).status).toBe(200);
    expect(exportResponse.decode(new Uint8Array()).partialSuccess).toBeUndefined();
  });

  test("that claim to be in each other are shown, too", async () => {
    const runId = await ran();
    const [a, b] = ["00000000000000aa", "00000000000000bb"];
    const loop = [
      { spanId: a, parentSpanId: b },
      { spanId: b, parentSpanId: a },
      { spanId: "00000000000000cc", parentSpanId: "00000000000000cc" },
    ];
    await post(otlp(runId, loop));
    expect((await rootOf(runId)).children).toHaveLength(4);
  });

  const zeros = gzipSync(Buffer.alloc(limits.spansRequestBytes + 1));
  test.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number]>([
    ["no type", "{}", { "content-type": "text/plain" }, 415],
    ["another packing", "{}", { "content-encoding": "br" }, 415],
    ["no gzip", "{}", { "content-encoding": "gzip" }, 400],
    ["no JSON", "{", {}, 400],
    ["a list", "[]", {}, 400],
    ["a span without an id", '{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}', {}, 400],
    ["depths", `{"resourceSpans":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, {}, 400],
    ["what unpacks to too much", Uint8Array.from(zeros), { "content-encoding": "gzip" }, 413],
    ["too much", " ".repeat(limits.spansRequestBytes + 1), {}, 413],
  ])("are refused as a whole: %s", async (_what, body, headers, status) => {
    expect((await post(body, headers)).status).toBe(status);
  });
});
