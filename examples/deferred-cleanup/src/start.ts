import { setTimeout as pause } from "node:timers/promises";
import { type Embedded, embed, type Listener, listen } from "@stepfast/server";
import { StepfastError } from "inngest";
import pc from "picocolors";
import { inngest } from "./client.ts";
import { Account } from "./demo/account.ts";
import { ApiClient } from "./demo/api-client.ts";
import { arrangeTrouble, handful } from "./demo/orders.ts";
import { functions } from "./functions.ts";

/*
 * `npm start`: the order saga, live. The engine is in this process; what it knows is in ./.stepfast/.
 *
 * STEPFAST_DEMO_EXIT=1 (or --once)  ends when every order has.
 * STEPFAST_DEMO_SPEED=10            goes ten times as fast.
 */

const DB = "./.stepfast/deferred-cleanup.db";
const PORT = 8288;
const PORT_TRIES = 100;
const POLL_MS = 100;
const RETRY_MS = 1_000;

const colors = pc.createColors(process.stdout.isTTY === true && process.env.NO_COLOR === undefined);
const speed = Number(process.env.STEPFAST_DEMO_SPEED ?? 1);
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

function introduce(api: ApiClient): void {
  const retries = `${RETRY_MS / speed} ms instead of 15 seconds and more`;
  print(colors.bold("The order saga, on Stepfast"));
  print(`  database  ${DB}`);
  print(`  API       ${api.url}`);
  print(`  retries   after ${retries}, so that you need not wait`);
  print("  try       kill -9 this process in the middle of a run, and start it again");
  print();
}

async function continueFrom(account: Account, api: ApiClient): Promise<boolean> {
  const unfinished = await api.runs("status=queued&status=running");
  if (unfinished.length === 0) return false;
  print(colors.bold(`Continuing ${unfinished.length} unfinished run(s) from before:`));
  for (const { run, label, recorded } of await account.takeUp(unfinished)) {
    const kept =
      recorded.length === 0
        ? "no step was recorded yet"
        : `recorded, will not run again: ${recorded.join(", ")}`;
    print(`  ${label} · ${run.function.name} · ${kept}`);
    print(colors.dim(`    ${api.traceUrl(run.id)}`));
  }
  print();
  return true;
}

/** One more than the last order's number, over restarts. */
async function nextOrderId(api: ApiClient): Promise<number> {
  const [last] = await api.runs("functionId=shop-process-order");
  const event = last && (await api.event(String(last.trigger.eventIds[0])));
  return Number(event?.data.orderId ?? 1_000) + 1;
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
  print("All orders are dealt with. Send another (to Atlantis, if you like); Ctrl-C stops.");
  print(colors.cyan(`  curl -X POST ${api.url}/e/demo -H 'content-type: application/json' -d '${event}'`));
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

async function show(app: Embedded, listener: Listener): Promise<void> {
  const api = new ApiClient(listener.url);
  const account = new Account({ api, print, colors });
  introduce(api);
  if (!(await continueFrom(account, api))) await sendHandful(api);
  await watch(account, api);
  await listener.close();
  await app.close();
}

async function main(): Promise<void> {
  arrangeTrouble(speed);
  const app = await embed({ client: inngest, functions, db: DB, retryIntervalMs: RETRY_MS / speed });
  stopOnSignal();
  const listener = await listen({ fetch: app.server.fetch, port: PORT, tries: PORT_TRIES });
  await show(app, listener);
  print(exits ? "All orders are dealt with." : "Stopped. What was not finished goes on at the next start.");
}

main().catch((error: unknown) => {
  process.stderr.write(`${StepfastError.is(error) ? error.message : String(error)}\n`);
  process.exit(1);
});
