import { once } from "node:events";
import { consoleLog, embed, startDevServer } from "@stepfast/server";
import { Inngest } from "stepfast";
import { createServer } from "stepfast/node";
import { sagaFunctions } from "./functions.ts";
import { Ledger } from "./ledger.ts";
import { orders } from "./order.ts";

/*
 * One life of the process that is killed. Arguments: transport, database, ledger, wave of orders, port of the API, port of the app. It
 * ends by itself, with 0, when all those orders have come to their ends.
 */

const [transport = "", db = "", ledgerFile = "", wave = "", apiPort = "", appPort = ""] =
  process.argv.slice(2);
const api = `http://127.0.0.1:${apiPort}`;
const LOOK_MS = 20;

interface Run {
  id: string;
  status: string;
  waiting?: { kind: string }[];
  function: { id: string };
}

async function ask<T>(path: string, method = "GET"): Promise<T> {
  const response = await fetch(`${api}${path}`, { method });
  if (!response.ok && response.status !== 409) throw new Error(`${method} ${path}: ${response.status}`);
  return ((await response.json()) as { data: T }).data;
}

async function cancel(runId: string): Promise<void> {
  await ask(`/v2/runs/${runId}/cancel`, "POST");
}

const log = consoleLog("error");
const tuning = { retryIntervalMs: 20, pollMs: 50 };
const ledger = new Ledger(ledgerFile);
const client = new Inngest({ id: "shop", baseUrl: api, isDev: true, logger: silent() });
const functions = sagaFunctions({ client, ledger, cancel });

function silent() {
  return { debug() {}, info() {}, warn() {}, error() {} };
}

async function open(): Promise<void> {
  if (transport === "inline") {
    await embed({ client, functions, db, port: Number(apiPort), log, ...tuning });
    return;
  }
  const app = createServer({ client, functions });
  app.listen(Number(appPort), "127.0.0.1");
  await once(app, "listening");
  const sdkUrls = [`http://127.0.0.1:${appPort}/api/inngest`];
  const { engine } = await startDevServer({
    db,
    port: Number(apiPort),
    sdkUrls,
    discover: false,
    poll: false,
    pollIntervalMs: 1_000,
    log,
    tuning,
  });
  while (engine.functions().length < functions.length) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

async function liveRuns(): Promise<Run[]> {
  return await ask<Run[]>("/v2/runs?status=QUEUED&status=RUNNING&limit=100");
}

/** Orders that are cancelled while they sleep are cancelled from outside. */
async function cancelSleepers(runs: Run[]): Promise<void> {
  for (const { id } of runs) {
    const { waiting = [] } = await ask<Run>(`/v2/runs/${id}`);
    const isLong = waiting.some((wait) => wait.kind === "sleep" && isFar((wait as { until?: string }).until));
    if (isLong) await cancel(id);
  }
}

function isFar(until: string | undefined): boolean {
  return until !== undefined && Date.parse(until) > Date.now() + 60_000;
}

await open();
// The same events in every life: they have ids.
const sent = orders.filter((order) => order.wave === wave);
await client.send(sent.map((order) => ({ id: order.id, name: `order/${order.form}`, data: { ...order } })));
for (let live = await liveRuns(); live.length > 0; live = await liveRuns()) {
  await cancelSleepers(live);
  await pause();
}
process.exit(0);
