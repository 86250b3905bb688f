import { gatewayLimits, type ProductionServer } from "@stepfast/server";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Api } from "../http/api.ts";
import { until } from "../http/patience.ts";
import { KeyedApi, signingKey as key, productionServer } from "../http/production.ts";
import { CleanUps } from "../http/world.ts";
import { WorkerProcess } from "./worker-process.ts";

const HOUR_MS = 3_600_000;

let database: PostgresServer;
beforeAll(async () => {
  database = await PostgresServer.start();
});
afterAll(() => database?.destroy());

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

interface Node {
  server: ProductionServer;
  api: Api;
}

async function node(): Promise<Node> {
  const server = await productionServer({
    db: "",
    databaseUrl: database.url,
    // Neither a back-off nor a time-out can be what brings a step back.
    connect: { ...gatewayLimits, leaseMs: HOUR_MS, silenceMs: HOUR_MS, ackMs: HOUR_MS },
    tuning: { retryIntervalMs: HOUR_MS, pollMs: 20 },
  });
  cleanUps.add(() => server.close({ drainMs: 0 }));
  return { server, api: new KeyedApi(server.url) };
}

const appId = "shared";

/** The worker of the app at a node; its step `slow` goes on when it is told to. */
function worker(at: Node, name: string): Promise<WorkerProcess> {
  const made = new WorkerProcess({
    sdk: "inngest-official",
    apiUrl: at.server.url,
    appId,
    name,
    checkpointing: true,
    isolateExecution: true,
    hangs: true,
    signingKey: key,
  });
  cleanUps.add(() => made.end("SIGKILL"));
  return made.connected();
}

/** Sends the event there as soon as that node knows who wants it. */
async function go(at: Node): Promise<string> {
  await until(
    "the app to be known",
    () => at.server.engine.functions(),
    (functions) => functions.some((fn) => fn.appId === appId),
  );
  return at.api.send({ name: `${appId}/go` });
}

test("a worker is killed in a step: one at another node repeats it at once, and its result outlives that node", async () => {
  const [a, b] = await Promise.all([node(), node()]);
  const first = await worker(a, "first");
  const id = await go(b);
  await first.began("slow");
  const second = await worker(b, "second");
  await first.end("SIGKILL");
  await second.began("slow");
  const closing = b.server.close({ drainMs: HOUR_MS });
  second.goOn();
  await closing;
  const [{ id: runId } = { id: "" }] = await a.api.runsOf(id);
  await a.api.waiting(runId, "blocked");
  const third = await worker(a, "third");
  expect(await a.api.ended(runId)).toMatchObject({ status: "COMPLETED", output: "second" });
  const workers = [first, second, third];
  expect(workers.map((one) => one.attemptsOf("first"))).toEqual([[0], [], []]);
  expect(workers.map((one) => one.attemptsOf("slow"))).toEqual([[0], [1], []]);
});
