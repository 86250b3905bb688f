import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { consoleLog, type DevServer, startDevServer } from "@stepfast/server";
import { hasEnded, type RunView } from "@stepfast-examples/stage";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { inngest } from "../src/client.ts";
import { handler } from "../src/serve.ts";
import { inventory, services, shipping, stripe } from "../src/services.ts";

/*
 * The functions registered with `serve({ client, functions })`, called over HTTP by a server of their own.
 */

let app: Server;
let server: DevServer;

beforeAll(async () => {
  app = createServer(handler);
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  server = await startDevServer({
    db: ":memory:",
    port: 0,
    sdkUrls: [],
    discover: false,
    poll: false,
    pollIntervalMs: 60_000,
    tuning: { retryIntervalMs: 0 },
    log: consoleLog("error"),
  });
  inngest.setEnvVars({ INNGEST_DEV: server.url });
  const { port } = app.address() as AddressInfo;
  const synced = await fetch(`http://127.0.0.1:${port}/api/inngest`, { method: "PUT" });
  expect(synced.status).toBe(200);
});

afterAll(async () => {
  await server.close();
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
});

beforeEach(() => {
  for (const service of services) service.reset();
});

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${server.url}${path}`);
  return ((await response.json()) as { data: T }).data;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
  }
}

/** The run of a function that belongs to an event or a parent, once it has ended. */
function endedRun(functionId: string, isMine: (run: RunView) => boolean): Promise<RunView> {
  return until(async () => {
    const runs = await get<RunView[]>(`/v2/runs?functionId=${functionId}&includeOutput=true`);
    return runs.find((run) => isMine(run) && hasEnded(run));
  });
}

async function placeOrder(): Promise<RunView> {
  const data = { total: 10, paymentSource: "tok_2", sku: "hat", quantity: 1, address: { city: "Rome" } };
  const sent = await fetch(`${server.url}/e/key`, {
    method: "POST",
    body: JSON.stringify({ name: "order/placed", data }),
  });
  const { ids } = (await sent.json()) as { ids: string[] };
  return endedRun("shop-process-order", (run) => run.trigger.eventIds[0] === ids[0]);
}

test("the functions are registered under the app's id", async () => {
  const functions = server.engine.functions().map((fn) => fn.slug);
  expect(functions.sort()).toEqual(["shop-process-order", "shop-refund-payment", "shop-release-inventory"]);
});

test("an order that succeeds is shipped, and nothing is cleaned up", async () => {
  const run = await placeOrder();

  expect(run).toMatchObject({ status: "COMPLETED", output: { status: "shipped", chargeId: "ch_tok_2" } });
  expect(stripe.charges.create.calls).toHaveLength(1);
  expect(await get<RunView[]>("/v2/runs?isDeferred=true")).toEqual([]);
});

test("an order whose shipment fails is refunded and its stock released, each once", async () => {
  shipping.createLabel.fail();
  stripe.refunds.create.fail({ times: 1 });

  const run = await placeOrder();
  const isMine = (child: RunView) => child.parent?.runId === run.id;
  const refund = await endedRun("shop-refund-payment", isMine);
  const release = await endedRun("shop-release-inventory", isMine);

  expect([run.status, refund.status, release.status]).toEqual(["FAILED", "COMPLETED", "COMPLETED"]);
  expect(shipping.createLabel.calls).toHaveLength(5);
  expect(stripe.refunds.create.done).toEqual([[{ charge: "ch_tok_2", amount: 10 }]]);
  expect(inventory.release.done).toEqual([["hat", 1]]);
});
