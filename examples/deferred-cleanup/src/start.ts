import { setTimeout as pause } from "node:timers/promises";
import { type Embedded, embed, type Listener, listen } from "@stepfast/server";
import { StepfastError } from "inngest";
import pc from "picocolors";
import { inngest } from "./client.ts";
import { Account } from "./demo/account.ts";
import { ApiClient } from "./demo/api-client.ts";
import { arrangeTrouble, handful, keepRecords } from "./demo/orders.ts";
import { functions } from "./functions.ts";

/*
 * `npm start`: the order saga, live. The engine is in this process; what it knows is in ./.stepfast/.
 *
 * STEPFAST_DEMO_EXIT=1 (or --once)  ends when every order has.
 * STEPFAST_DEMO_SPEED=10            goes ten times as fast.
 */

const DB = "./.stepfast/deferred-cleanup.db";
const RECORDS = "./.stepfast/deferred-cleanup.services.log";
const PORT = 8288;
const PORT_TRIES = 100;
const POLL_MS = 100;
const RETRY_MS = 1_000;

const since = new Date().toISOString();
const colors = pc.createColors(process.stdout.isTTY === true && process.env.NO_COLOR === undefined);
const speed = Number(process.env.STEPFAST_DEMO_SPEED) || 1;
const exits = process.argv.includes("--once") || process.env.STEPFAST_DEMO_EXIT === "1";

let stopping = false;

function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** The first Ctrl-C drains; the second does not wait. */
function stopOnSignal(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(130);
      stopping = true;
      print(colors.dim("\nStopping: steps that are running finish first. Again to stop at once."));
    });
  }
}

function introduce(listener: Listener): void {
  const elsewhere = listener.port === PORT ? "" : ` (port ${PORT} is taken)`;
  print(colors.bold("The order saga, on Stepfast"));
  print(`  API       ${listener.url}${elsewhere}`);
  print(`  database  ${DB}: what the engine knows`);
  print(`  services  ${RECORDS}: what the outside world saw`);
  print(`  retries   after ${RETRY_MS / speed} ms instead of 15 seconds and more, so that you need not wait`);
  print(`  try       kill -9 ${process.pid} in another terminal, in the middle of a run, and start again`);
  print();
}

async function continueFrom(account: Account, api: ApiClient): Promise<boolean> {
  const taken = await account.takeUp();
  if (taken.length === 0) return false;
  const runs = taken.length === 1 ? "a run that was" : `${taken.length} runs that were`;
  print(colors.bold(`Resuming ${runs} under way when the process ended:`));
  for (const { run, label, recorded } of taken) {
    const steps = recorded.join(", ");
    const kept = steps === "" ? "no step was recorded yet" : `recorded, will not run again: ${steps}`;
    print(`  ${label} · ${run.function.name} · ${kept}`);
    print(colors.dim(`    ${api.traceUrl(run.id)}`));
  }
  print();
  return true;
}

/** One more than the highest number of an order so far, over restarts. */
async function nextOrderId(api: ApiClient): Promise<number> {
  const orders = await api.events("order/placed");
  const numbers = orders.map(({ data }) => Number(data.orderId)).filter(Number.isSafeInteger);
  return Math.max(1_000, ...numbers) + 1;
}

async function sendHandful(api: ApiClient): Promise<void> {
  const orders = handful(await nextOrderId(api));
  for (const { order, plot } of orders) print(`  order ${order.orderId} ${plot}`);
  print();
  await inngest.send(orders.map(({ order }) => ({ name: "order/placed", data: order })));
}

function invite(api: ApiClient): void {
  const data = {
    orderId: "mine",
    total: 999,
    paymentSource: "tok_me",
    sku: "hat",
    quantity: 1,
    address: { city: "Rome" },
  };
  const event = JSON.stringify({ name: "order/placed", data });
  print();
  print("All orders are dealt with. Place another (to Atlantis, if you like); Ctrl-C stops.");
  print(colors.cyan(`  curl ${api.url}/e/demo -d '${event}'`));
  print();
}

async function watch(account: Account, api: ApiClient): Promise<void> {
  let invited = false;
  while (!stopping) {
    const isBusy = await account.look();
    if (!isBusy && exits) return;
    if (!isBusy && !invited) {
      invite(api);
      invited = true;
    }
    await pause(POLL_MS / speed);
  }
}

async function show(app: Embedded, listener: Listener): Promise<Account> {
  const api = new ApiClient(listener.url);
  const account = new Account({ api, print, colors, since });
  introduce(listener);
  if (!(await continueFrom(account, api))) await sendHandful(api);
  await watch(account, api);
  await listener.close();
  await app.close();
  return account;
}

function farewell({ unfinished }: Account): string {
  if (unfinished === 0) return exits ? "All orders are dealt with." : "Stopped. Nothing was left unfinished.";
  return `Stopped. ${unfinished} unfinished: the next start goes on with what is left.`;
}

async function main(): Promise<void> {
  arrangeTrouble(speed);
  const app = await embed({ client: inngest, functions, db: DB, retryIntervalMs: RETRY_MS / speed });
  keepRecords(RECORDS);
  stopOnSignal();
  const listener = await listen({ fetch: app.server.fetch, port: PORT, tries: PORT_TRIES });
  print(farewell(await show(app, listener)));
}

main().catch((error: unknown) => {
  process.stderr.write(`${StepfastError.is(error) ? error.message : String(error)}\n`);
  process.exit(1);
});
