import type { Queue, QueueReportContract, QueueTotals } from "@stepfast/engine";
import type { ChangeSet } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import { describe, expect, test } from "vitest";
import { exposition } from "../src/metrics/exposition.ts";
import { nodeMetrics } from "../src/metrics/node-metrics.ts";
import { QueueMetrics } from "../src/metrics/queue-metrics.ts";
import { countedStore, StoreCounters } from "../src/metrics/store-counters.ts";
import { version } from "../src/version.ts";
import { attemptRow, eventRow, runRow, stepRow } from "./rows.ts";

const clock = { now: () => 0, after: () => () => {} };

function queuesOf(totals: QueueTotals): QueueMetrics {
  const queues: QueueReportContract = {
    page: async () => ({ queues: [], cursor: null }),
    totals: async () => totals,
  };
  return new QueueMetrics({ queues, clock });
}

const queues = queuesOf({ waiting: 0, queues: 0, isPartial: false, longest: [] });

async function lines(counters: StoreCounters): Promise<string[]> {
  return (await nodeMetrics({ counters, hotRuns: () => 3, queues })).split("\n");
}

test("queues at limits: their sum, and the longest by function and key", async () => {
  const lane = { kind: "concurrency", held: 2, limit: 2 } as const;
  const longest: Queue[] = [
    {
      ...lane,
      gate: 'lane:shop-pay:1:"a"',
      functionId: "shop-pay",
      key: '"a"',
      waiting: 5,
      first: { runId: "r", queuedAt: 0, waitsForMs: 2_500 },
    },
    { ...lane, gate: "lane:@env::1", functionId: null, key: "1", waiting: 2, first: null },
  ];
  const totals = { waiting: 7, queues: 2, isPartial: false, longest };
  const source = { counters: new StoreCounters(), hotRuns: () => 0, queues: queuesOf(totals) };
  const all = (await nodeMetrics(source)).split("\n");
  expect(all).toEqual(
    expect.arrayContaining([
      "stepfast_runs_waiting 7",
      "stepfast_queues 2",
      'stepfast_queue_depth{function="shop-pay",kind="concurrency",key="\\"a\\""} 5',
      'stepfast_queue_depth{function="@env",kind="concurrency",key="1"} 2',
      'stepfast_queue_age_seconds{function="shop-pay",kind="concurrency",key="\\"a\\""} 2.5',
    ]),
  );
});

test("a store that does not answer takes no figure of the node with it", async () => {
  const failing = {
    page: async () => ({ queues: [], cursor: null }),
    totals: () => Promise.reject(new Error("gone")),
  };
  const source = {
    counters: new StoreCounters(),
    hotRuns: () => 7,
    queues: new QueueMetrics({ queues: failing, clock }),
  };
  expect(await nodeMetrics(source)).toContain("stepfast_hot_runs 7\n");
});

test("the format is Prometheus' text", () => {
  const metrics = [
    { name: "a_total", help: "As.", type: "counter" as const, value: 2 },
    { name: "b", help: "Bs.", type: "gauge" as const, value: { label: "kind", values: [["x", 1] as const] } },
  ];
  expect(exposition(metrics)).toBe(
    '# HELP a_total As.\n# TYPE a_total counter\na_total 2\n# HELP b Bs.\n# TYPE b gauge\nb{kind="x"} 1\n',
  );
});

test("every line is one of the format, every metric told once", async () => {
  const text = await nodeMetrics({ counters: new StoreCounters(), hotRuns: () => 0, queues });
  expect(text.endsWith("\n")).toBe(true);
  const all = text.trimEnd().split("\n");
  for (const line of all) {
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[\w.-]+"\})? [-+.\de]+)$/);
  }
  const helps = all.filter((line) => line.startsWith("# HELP")).map((line) => line.split(" ")[2]);
  expect(new Set(helps).size).toBe(helps.length);
  expect(all).toContain(`stepfast_build_info{version="${version}"} 1`);
});

describe("a counted store", () => {
  async function committed(...all: ChangeSet[]): Promise<string[]> {
    const counters = new StoreCounters();
    const store = countedStore(new MemoryStore(), counters);
    for (const changes of all) await store.commit(changes);
    return await lines(counters);
  }

  test("counts what was applied", async () => {
    const run = runRow();
    const told = await committed(
      { events: [eventRow()], newRuns: [run, runRow({ id: "SKIPPED", status: "skipped" })] },
      {
        steps: [
          stepRow({ no: 0, stepId: "a", status: "completed" }),
          stepRow({ no: 1, stepId: "b", status: "failed" }),
          stepRow({ no: 2, stepId: "c", status: "waiting" }),
        ],
        attempts: [attemptRow()],
      },
      // What a rerun keeps was done before.
      {
        newRuns: [runRow({ id: "RERUN", fork: JSON.stringify({ of: run.id }) })],
        steps: [stepRow({ runId: "RERUN", stepId: "a", status: "completed" })],
      },
      { runs: [{ id: run.id, status: "running" }] },
      { runs: [{ id: run.id, status: "completed", wakeAt: null }] },
    );
    expect(told).toEqual(
      expect.arrayContaining([
        "stepfast_hot_runs 3",
        "stepfast_events_total 1",
        "stepfast_runs_queued_total 3",
        'stepfast_runs_ended_total{status="completed"} 1',
        'stepfast_runs_ended_total{status="skipped"} 1',
        'stepfast_runs_ended_total{status="failed"} 0',
        'stepfast_runs_ended_total{status="cancelled"} 0',
        'stepfast_steps_total{status="completed"} 1',
        'stepfast_steps_total{status="failed"} 1',
        "stepfast_attempts_failed_total 1",
        "stepfast_commits_total 5",
        "stepfast_commits_refused_total 0",
      ]),
    );
  });

  test("does not count what was refused or could not be written", async () => {
    const counters = new StoreCounters();
    const memory = new MemoryStore();
    const store = countedStore(memory, counters);
    await store.commit({ events: [eventRow()] });
    expect(await store.commit({ events: [eventRow()] })).toMatchObject({ ok: false });
    await store.close();
    await expect(store.commit({ events: [eventRow({ id: "F" })] })).rejects.toThrow();
    expect(await lines(counters)).toEqual(
      expect.arrayContaining([
        "stepfast_events_total 1",
        "stepfast_commits_total 2",
        "stepfast_commits_refused_total 1",
        "stepfast_commits_failed_total 1",
      ]),
    );
  });

  test("is the store in everything else", async () => {
    const store = countedStore(new MemoryStore(), new StoreCounters());
    await store.commit({ events: [eventRow()], newRuns: [runRow()] });
    expect(await store.getRun(runRow().id)).toMatchObject({ id: runRow().id });
    expect(await store.listEvents({})).toHaveLength(1);
  });
});
