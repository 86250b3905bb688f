import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type DatabaseTuning, migrateDatabase } from "../src/compose.ts";
import type { ProductionServer } from "../src/production-server.ts";
import { placeOrder, productionNode, register, reportingApp, runOf, withKey } from "./production-node.ts";

let database: PostgresServer;
beforeAll(async () => {
  database = await PostgresServer.start();
});
afterAll(() => database?.destroy());

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function node(
  options: { database?: DatabaseTuning; databaseUrl?: string } = {},
): Promise<ProductionServer> {
  const server = await productionNode({ databaseUrl: database.url, ...options });
  opened.push(() => server.close({ drainMs: 0 }));
  return server;
}

/** A database without tables of its own. */
async function emptyDatabase(): Promise<string> {
  const server = await PostgresServer.start();
  opened.push(() => server.destroy());
  return server.url;
}

test.each<[string, DatabaseTuning]>([
  ["", {}],
  [", without hints", { hints: false }],
  [", with the profile yugabytedb", { profile: "yugabytedb" }],
])(
  "nodes that start at once on an empty database all serve, and what one did the other tells%s",
  {
    timeout: 60_000,
  },
  async (_how, tuning) => {
    const options = { database: tuning, databaseUrl: await emptyDatabase() };
    const [first, second] = await Promise.all([node(options), node(options)]);
    const app = await reportingApp(() => first.url);
    opened.push(() => app.close());
    await register(first, app.url);
    const eventId = await placeOrder(first);
    const isDone = async () => (await runOf(second, eventId))?.status === "COMPLETED";
    await vi.waitUntil(isDone, { timeout: 10_000 });
    expect(await runOf(second, eventId)).toMatchObject({ output: "done" });
    expect(app.checkpoints).toEqual([200]);
    const dev = await (await fetch(`${first.url}/dev`, { headers: withKey })).text();
    expect(dev).not.toContain(new URL(database.url).password);
  },
);

test("an endpoint's run begun on one node is told of on another, and its token is good on both", async () => {
  const [first, second] = await Promise.all([node(), node()]);
  const runId = "01J00000000000000000000000";
  const data = { domain: "https://app.example", path: "/pay", method: "GET" };
  const begun = { run_id: runId, event: { name: "inngest/http.request", data }, steps: [] };
  const post = (to: ProductionServer, path: string, body: object) =>
    fetch(`${to.url}${path}`, { method: "POST", headers: withKey, body: JSON.stringify(body) });
  const { data: made } = (await (await post(first, "/v1/checkpoint", begun)).json()) as {
    data: { token: string };
  };
  const end = { id: "complete", op: "RunComplete", data: { status: 200, headers: {}, body: "done" } };
  expect((await post(second, `/v1/checkpoint/${runId}/steps`, { steps: [end] })).status).toBe(200);
  for (const { url } of [first, second]) {
    const output = await fetch(`${url}/v1/http/runs/${runId}/output?token=${made.token}`);
    expect([output.status, await output.text()]).toEqual([200, "done"]);
  }
});

test("readiness follows the database", async () => {
  const server = await node();
  const ready = async () => (await fetch(`${server.url}/readyz`)).status;
  expect(await ready()).toBe(200);
  await database.stop();
  await vi.waitUntil(async () => (await ready()) === 503, { timeout: 20_000 });
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  await database.resume();
  await vi.waitUntil(async () => (await ready()) === 200, { timeout: 20_000 });
});

test("a database is brought up to date, again and again", async () => {
  await migrateDatabase(database.url);
  await migrateDatabase(database.url);
});
