import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { bouncerProgram, PgBouncer, PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Api } from "./http/api.ts";
import { ours } from "./http/sdk.ts";
import { App } from "./http/world.ts";

const bin = fileURLToPath(new URL("../../../packages/cli/bin/stepfast.js", import.meta.url));
const signingKey = "0a".repeat(16);
const eventKey = "key";

class KeyedApi extends Api {
  override async request(method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
    return super.request(method, path, body, { authorization: `Bearer ${signingKey}`, ...more });
  }
}

/** `stepfast start`, as anybody runs it. Resolves with its API's address. */
async function start(databaseUrl: string, children: ChildProcess[]): Promise<string> {
  const keys = ["--event-key", eventKey, "--signing-key", signingKey];
  const args = ["start", "--port", "0", "--no-connect-gateway", "--no-hints", "--database-url", databaseUrl];
  const env = { PATH: process.env.PATH };
  const child = spawn(process.execPath, [bin, ...args, ...keys], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stderr as Readable })) {
    const url = /API\s+(http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error("stepfast start ended before it was ready");
}

function trials(): void {
  let postgres: PostgresServer;
  let bouncer: PgBouncer;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    postgres = await PostgresServer.start();
    // Fewer than two nodes would like to have: they share them.
    bouncer = await PgBouncer.start(postgres.url, { default_pool_size: "4" });
  }, 60_000);
  afterAll(async () => {
    for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
    await bouncer?.stop();
    await postgres?.destroy();
  });

  test("two nodes share the work, and one takes the other's over", async () => {
    const first = new KeyedApi(await start(bouncer.url, children));
    const second = new KeyedApi(await start(bouncer.url, children));
    const app = new App(ours, second, { isDev: false, signingKey, eventKey });
    const fn = app.client.createFunction(
      { id: "order", triggers: { event: app.event("placed") } },
      async ({ event, step }) => {
        const paid = await step.run("pay", () => app.ledger.note("pay", 42));
        const sent = await step.waitForEvent("sent", {
          event: app.event("sent"),
          timeout: "1h",
          if: "event.data.order == async.data.order",
        });
        await step.sleep("rest", 10);
        return { paid, by: sent?.data.by, order: event.data.order };
      },
    );
    await app.serve([fn]);
    expect((await fetch(app.url, { method: "PUT" })).ok).toBe(true);

    // It hears of the app within a second; until then an event there starts nothing.
    await expect.poll(() => first.get<unknown[]>("/v2/apps")).toHaveLength(1);
    const id = await first.send({ name: app.event("placed"), data: { order: 7 } });
    await expect.poll(() => second.runsOf(id)).toHaveLength(1);
    const [run] = await second.runsOf(id);
    if (!run) throw new Error("the event started no run");
    await second.waiting(run.id, "event");
    const [dead] = children;
    if (dead === undefined) throw new Error("there is no process");
    dead.kill("SIGKILL");
    if (dead.signalCode === null) await once(dead, "exit");
    await second.send({ name: app.event("sent"), data: { order: 7, by: "ship" } });

    expect((await second.ended(run.id)).output).toEqual({ paid: 42, by: "ship", order: 7 });
    expect(app.ledger.count("pay")).toBe(1);
    await app.stop();
  }, 120_000);
}

if (bouncerProgram() !== undefined) describe("stepfast start behind PgBouncer", trials);
else {
  test("stepfast start behind PgBouncer is not tried: no program `pgbouncer` is on the PATH", () =>
    expect(bouncerProgram()).toBeUndefined());
}
