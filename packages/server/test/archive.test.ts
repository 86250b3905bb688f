import type { MetadataRow } from "@stepfast/store";
import { beforeEach, describe, expect, test } from "vitest";
import { archiveStream } from "../src/archive/archive.ts";
import { type Api, openApi } from "./api-fixture.ts";
import { attemptRow, eventRow, idOf, runRow, stepRow, T0 } from "./rows.ts";

let api: Api;

const ended = (no: number, over: Partial<Parameters<typeof runRow>[0]> = {}) =>
  runRow({
    id: idOf(no),
    status: "completed",
    endedAt: T0 + no,
    owner: null,
    output: `{"no":${no}}`,
    ...over,
  });

const note: MetadataRow = {
  runId: idOf(102),
  stepId: "",
  attempt: null,
  kind: "cost",
  op: "merge",
  content: '{"tokens":7}',
  createdAt: T0,
};

beforeEach(async () => {
  api = await openApi();
  await api.store.commit({
    events: [eventRow(), eventRow({ id: idOf(2), key: "mine", data: '{\n"orderId": "8"}' })],
    newRuns: [
      runRow({ id: idOf(101) }),
      ended(102, { eventIds: JSON.stringify([idOf(1), idOf(2)]), cancel: '{"at":1,"reason":"x"}' }),
      ended(103, { status: "failed", functionId: "shop-ship" }),
      ended(104, { status: "cancelled", eventId: idOf(2) }),
    ],
    steps: [stepRow({ runId: idOf(102) })],
    attempts: [attemptRow({ runId: idOf(102) })],
    metadata: [note],
  });
});

const linesOf = async (query = "") => {
  const response = await api.get(`/v2/archive${query}`);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const text = await response.text();
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
};
const idsOf = async (query: string) => (await linesOf(query)).map(({ run }) => run.id);

describe("GET /v2/archive", () => {
  test("tells all there is of each ended run, a line each", async () => {
    const lines = await linesOf();
    expect(lines.map(({ run }) => run.id)).toEqual([idOf(102), idOf(103), idOf(104)]);
    const { runId: _, ...attempt } = attemptRow();
    const { runId: __, ...step } = stepRow();
    expect(lines[0]).toMatchObject({
      v: 1,
      run: {
        status: "completed",
        eventIds: [idOf(1), idOf(2)],
        endedAt: T0 + 102,
        output: { no: 102 },
        cancel: { at: 1, reason: "x" },
      },
      events: [
        { id: idOf(1), data: { orderId: "7" }, receivedAt: T0 },
        { id: idOf(2), key: "mine", data: { orderId: "8" } },
      ],
      steps: [{ ...step, output: { data: { paid: true } } }],
      attempts: [{ ...attempt, error: { name: "TypeError", message: "boom" } }],
      metadata: [{ stepId: "", kind: "cost", op: "merge", values: { tokens: 7 } }],
    });
  });

  test("by end, function, time and search, and after a cursor", async () => {
    expect(await idsOf("?status=failed,cancelled")).toEqual([idOf(103), idOf(104)]);
    expect(await idsOf("?functionId=shop-ship")).toEqual([idOf(103)]);
    expect(await idsOf(`?from=${T0 + 103}`)).toEqual([idOf(103), idOf(104)]);
    expect(await idsOf(`?until=${T0 + 103}`)).toEqual([idOf(102)]);
    expect(await idsOf(`?timeField=queuedAt&from=${T0 + 1}`)).toEqual([]);
    expect(await idsOf(`?search=${encodeURIComponent('event.data.orderId == "8"')}`)).toEqual([idOf(104)]);
    expect(await idsOf(`?cursor=${idOf(102)}`)).toEqual([idOf(103), idOf(104)]);
    expect(await idsOf(`?cursor=${idOf(104)}`)).toEqual([]);
  });

  test("refuses what it does not understand before it sends anything", async () => {
    expect((await api.get("/v2/archive?search=event.")).status).toBe(400);
    expect((await api.get("/v2/archive?status=running")).status).toBe(400);
    expect((await api.get("/v2/archive?from=yesterday")).status).toBe(400);
  });

  test("reads no more than is taken, and one run at a time", async () => {
    const large = JSON.stringify("x".repeat(200_000));
    await api.store.commit({
      newRuns: Array.from({ length: 50 }, (_, no) => ended(200 + no, { output: large })),
    });
    let read = 0;
    const load = api.store.loadRun.bind(api.store);
    api.store.loadRun = (runId) => {
      read += 1;
      return load(runId);
    };
    const { body } = await api.server.fetch(new Request("http://localhost:8288/v2/archive"));
    const reader = body?.getReader();
    let length = 0;
    for (let chunks = 0; chunks < 4; chunks++) length += (await reader?.read())?.value?.length ?? 0;
    expect(length).toBeGreaterThan(600_000);
    expect(read).toBeLessThan(10);
    await reader?.cancel();
    expect(read).toBeLessThan(10);
  });

  test("a reader that leaves while a run is read is nothing to warn of", async () => {
    const warnings: unknown[] = [];
    const load = api.store.loadRun.bind(api.store);
    let leave: () => Promise<void> = async () => {};
    api.store.loadRun = async (runId) => {
      void leave();
      return await load(runId);
    };
    const reader = archiveStream(api.store, { filter: { limit: 1 } }, (error) =>
      warnings.push(error),
    ).getReader();
    leave = () => reader.cancel();
    await reader.read();
    await reader.closed;
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  test("a run that is deleted meanwhile is left out, and a store that fails ends the stream with an error", async () => {
    const load = api.store.loadRun.bind(api.store);
    api.store.loadRun = (runId) => (runId === idOf(102) ? Promise.resolve(null) : load(runId));
    expect(await idsOf("")).toEqual([idOf(103), idOf(104)]);
    api.store.loadRun = () => Promise.reject(new Error("the disk is gone"));
    const response = await api.server.fetch(new Request("http://localhost:8288/v2/archive"));
    await expect(response.text()).rejects.toThrow("the disk is gone");
  });
});
