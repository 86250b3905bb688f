import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Embedded, embed } from "@stepfast/server";
import type { EventRow, Store } from "@stepfast/store";
import { openPostgresStore } from "@stepfast/store-postgres";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { Inngest } from "stepfast";
import type { Case } from "../case.ts";
import type { Figure } from "../figure.ts";
import { RunWatch } from "../run-watch.ts";
import { percentile } from "../statistics.ts";

const SENT_TOGETHER = 1_000;
const REST_MS = 5;
const LOOK_MS = 50;
const PAGE = 400;
const CANCELLED = "inngest/function.cancelled";

interface Bench {
  app: Embedded;
  store: Store;
  client: Inngest;
  watch: RunWatch;
  /** Resolves with the time at which the probe's run had ended, durably. */
  probe(no: number): Promise<number>;
}

/** Runs that sleep, runs of one step that are timed, and a listener for every cancellation, as the documents have it. */
async function open(store: Store): Promise<Bench> {
  const client = new Inngest({ id: "bench" });
  const probes = new Map<string, (endedAt: number) => void>();
  const waiting = new Map<number, (endedAt: number) => void>();
  const sleeper = client.createFunction(
    { id: "sleeper", triggers: [{ event: "bench/sleep" }] },
    async ({ step }) => {
      await step.sleep("a day", "1d");
    },
  );
  const timed = client.createFunction(
    { id: "timed", triggers: [{ event: "bench/timed" }] },
    async ({ event, step, runId }) => {
      const heard = waiting.get(event.data.no);
      if (heard) probes.set(runId, heard);
      await step.run("work", () => "done");
    },
  );
  const cleanup = client.createFunction(
    { id: "cleanup", triggers: [{ event: CANCELLED, if: "event.data.function_id == 'bench-other'" }] },
    () => "never called",
  );
  const watch = new RunWatch();
  watch.watch(store);
  const app = await embed({ client, functions: [sleeper, timed, cleanup], store });
  app.engine.onRunEnd((runId) => {
    probes.get(runId)?.(performance.now());
    probes.delete(runId);
  });
  const probe = (no: number) =>
    new Promise<number>((resolve) => {
      waiting.set(no, (endedAt) => {
        waiting.delete(no);
        resolve(endedAt);
      });
    });
  return { app, store, client, watch, probe };
}

async function park({ client, watch }: Bench, count: number): Promise<void> {
  for (let left = count; left > 0; left -= SENT_TOGETHER) {
    const batch = Math.min(left, SENT_TOGETHER);
    const parked = watch.parks(batch);
    await client.send(new Array(batch).fill({ name: "bench/sleep", data: {} }));
    await parked;
  }
}

/** From sending an event to the durable end of its run, one after the other while that is wanted. Milliseconds. */
async function timesOf({ client, probe }: Bench, isWanted: (taken: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  while (isWanted(times.length)) {
    const ended = probe(times.length);
    const sentAt = performance.now();
    await client.send({ name: "bench/timed", data: { no: times.length } });
    times.push((await ended) - sentAt);
    await pause(REST_MS);
  }
  return times;
}

async function call({ app }: Bench, path: string, body?: unknown): Promise<{ id: string; status: string }> {
  const init = {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  };
  const request = new Request(`http://127.0.0.1${path}`, body === undefined ? {} : init);
  const response = await app.server.fetch(request);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { data: { id: string; status: string } }).data;
}

async function isCancelling(bench: Bench): Promise<boolean> {
  const left = await bench.store.listRuns({ functionIds: ["bench-sleeper"], status: ["running"], limit: 1 });
  return left.length > 0;
}

/** Cancels all that sleep. Seconds until the last of them has ended. */
async function cancelAll(bench: Bench, count: number): Promise<number> {
  const begunAt = performance.now();
  const job = await call(bench, "/v2/cancellations", { functionId: ["bench-sleeper"] });
  while ((await call(bench, `/v2/cancellations/${job.id}`)).status === "running") await pause(LOOK_MS);
  while (await isCancelling(bench)) await pause(LOOK_MS);
  const seconds = (performance.now() - begunAt) / 1_000;
  await assertToldOnce(bench, count);
  return seconds;
}

/** Each run that was cancelled has one event, and no other run has any. */
async function assertToldOnce({ store }: Bench, count: number): Promise<void> {
  const told = new Set<string>();
  let events = 0;
  let cursor: string | undefined;
  do {
    const filter = { name: CANCELLED, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const page: EventRow[] = await store.listEvents(filter);
    for (const { data } of page) told.add((JSON.parse(data) as { run_id: string }).run_id);
    events += page.length;
    cursor = page.length === PAGE ? page.at(-1)?.id : undefined;
  } while (cursor !== undefined);
  if (told.size !== count || events !== count)
    throw new Error(`${count} runs were cancelled, ${events} events tell of ${told.size} of them`);
}

async function measured(store: Store, where: string, count: number, smoke: boolean): Promise<Figure[]> {
  const bench = await open(store);
  await park(bench, count);
  const probes = smoke ? 20 : 1_000;
  await timesOf(bench, (taken) => taken < probes);
  const idle = await timesOf(bench, (taken) => taken < probes);
  let isOver = false;
  const cancelled = cancelAll(bench, count).finally(() => {
    isOver = true;
  });
  const beside = await timesOf(bench, () => !isOver);
  const seconds = await cancelled;
  await bench.app.close();
  await store.close();
  const what = `${where}${count.toLocaleString("en-US")} parked runs cancelled in bulk`;
  const limit = (share: number) => ({ name: "with no cancellation", value: percentile(idle, share) });
  return [
    { name: `${what}: until the last has ended`, value: seconds, unit: "s", better: "less" },
    {
      name: `${what}: event to result of others, p50`,
      value: percentile(beside, 0.5),
      unit: "ms",
      better: "less",
      limit: limit(0.5),
    },
    {
      name: `${what}: event to result of others, p99`,
      value: percentile(beside, 0.99),
      unit: "ms",
      better: "less",
      limit: limit(0.99),
      goal: 3,
      goalIsRatio: true,
    },
  ];
}

/** What others feel of it when an operator cancels very many runs at once. Throws unless each run is told of once. */
export const bulkCancel: Case = {
  name: "bulk-cancel",
  async run({ folder, smoke }) {
    const store = await openSqliteStore({ path: join(folder, "bulk-cancel.db") });
    return await measured(store, "", smoke ? 1_000 : 100_000, smoke);
  },
};

/** The same on a PostgreSQL of its own, on this machine. */
export const bulkCancelPostgres: Case = {
  name: "bulk-cancel-postgres",
  async run({ smoke }) {
    const server = await PostgresServer.start();
    try {
      const store = await openPostgresStore({ url: server.url });
      return await measured(store, "PostgreSQL, ", smoke ? 500 : 100_000, smoke);
    } finally {
      await server.destroy();
    }
  },
};
