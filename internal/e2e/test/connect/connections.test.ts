import type { DevServer } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "../http/api.ts";
import { Gate } from "../http/gate.ts";
import { until } from "../http/patience.ts";
import { quiet } from "../http/quiet.ts";
import { ours, theirs } from "../http/sdk.ts";
import { CleanUps, devServer, temporaryFolder } from "../http/world.ts";
import { ConnectedApp, connectWorker } from "./connected-app.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const cases = [ours, theirs].flatMap((sdk) => [true, false].map((checkpointing) => ({ sdk, checkpointing })));

describe.each(cases)("$sdk.name, checkpointing $checkpointing", ({ sdk, checkpointing }) => {
  async function world(options: Parameters<typeof devServer>[0] = {}): Promise<DevServer> {
    const server = await devServer(options);
    cleanUps.add(() => server.close({ drainMs: 0 }));
    return server;
  }

  function newApp(api: Api): ConnectedApp {
    const app = new ConnectedApp(sdk, api, { checkpointing });
    cleanUps.add(() => app.stop());
    return app;
  }

  /** A function whose step ends when the test wants it to. */
  function gated(app: ConnectedApp, gate: Gate) {
    return app.client.createFunction(
      { id: "gated", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("before", () => app.ledger.note("before"));
        return step.run("held", async () => {
          app.ledger.note("held begins");
          await gate.pass();
          return app.ledger.note("held ends", "done");
        });
      },
    );
  }

  test("a run of an app without a worker waits for one", async () => {
    const api = new Api((await world()).url);
    const app = newApp(api);
    const fn = app.client.createFunction(
      { id: "later", triggers: { event: app.event("go") } },
      async ({ step }) => step.run("work", () => app.ledger.note("work", 5)),
    );
    await app.start([fn]);
    expect(app.worker?.state).toBe("ACTIVE");
    const [known] = await api.get<object[]>("/v2/apps");
    expect(known).toMatchObject({
      id: app.id,
      method: "CONNECT",
      functionCount: 1,
      latestSync: { status: "success", framework: "connect", sdkLanguage: "js" },
    });
    await app.stop();
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await api.runsOf(id);
    const { waiting } = await api.waiting(runId, "blocked");
    expect(waiting).toMatchObject([{ kind: "blocked", name: "no_worker" }]);
    await app.start([fn]);
    expect(await api.ended(runId)).toMatchObject({ status: "COMPLETED" });
    expect(app.ledger.lines).toEqual(["work"]);
  });

  test("a run that waits for a worker can be cancelled", async () => {
    const api = new Api((await world()).url);
    const app = newApp(api);
    const fn = app.client.createFunction({ id: "idle", triggers: { event: app.event("go") } }, () => 1);
    await app.start([fn]);
    await app.stop();
    const [{ id: runId } = { id: "" }] = await api.runsOf(await app.send("go"));
    await api.waiting(runId, "blocked");
    expect((await api.cancel(runId)).status).toBe(204);
    expect(await api.ended(runId)).toMatchObject({ status: "CANCELLED" });
  });

  test("two apps share a worker, and call each other", async () => {
    const api = new Api((await world()).url);
    const [shop, bank] = [newApp(api), newApp(api)];
    const pay = bank.client.createFunction(
      { id: "pay", triggers: { event: bank.event("never") } },
      ({ event, step }) => step.run("pay", () => `paid ${event.data.amount}`),
    );
    const order = shop.client.createFunction(
      { id: "order", triggers: { event: shop.event("go") } },
      async ({ step }) =>
        step.invoke("pay", {
          function: sdk.referenceFunction({ appId: bank.id, functionId: "pay" }),
          data: { amount: 5 },
        }),
    );
    shop.worker = await connectWorker(sdk, {
      apps: [
        { client: shop.client, functions: [order] as never },
        { client: bank.client, functions: [pay] as never },
      ],
    });
    expect((await api.outcome(await shop.send("go"))).output).toBe("paid 5");
  });

  test("a worker may come to the port beside that of the API", async () => {
    const spare = await world();
    await spare.close();
    const api = new Api((await world({ connectGatewayPort: spare.port })).url);
    const app = newApp(api);
    app.more = { gatewayUrl: `ws://127.0.0.1:${spare.port}/v0/connect` };
    const fn = app.client.createFunction({ id: "beside", triggers: { event: app.event("go") } }, () => 1);
    await app.start([fn]);
    expect((await api.outcome(await app.send("go"))).output).toBe(1);
  });

  test("a worker has no more requests at once than it wants; the others wait their turn", async () => {
    const server = await world();
    const api = new Api(server.url);
    const app = newApp(api);
    app.more = { maxWorkerConcurrency: 2 };
    let running = 0;
    const seen: number[] = [];
    const gate = new Gate();
    const fn = app.client.createFunction(
      { id: "busy", triggers: { event: app.event("go") } },
      async ({ step, event }) =>
        step.run("work", async () => {
          seen.push(++running);
          await gate.pass();
          running--;
          return event.data.n;
        }),
    );
    await app.start([fn]);
    const ids = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => app.send("go", { n })));
    await until(
      "two requests at work and four in line",
      () => api.get<{ running_requests: number }[]>("/v0/connect/envs/default/conns"),
      ([conn]) => conn?.running_requests === 2,
    );
    await gate.reached;
    gate.open();
    for (const [n, id] of ids.entries()) expect((await api.outcome(id)).output).toBe(n);
    expect(Math.max(...seen)).toBeLessThanOrEqual(2);
  });

  test("a worker that is closed finishes what it does; what comes next waits for another one", async () => {
    const api = new Api((await world()).url);
    const app = newApp(api);
    const gate = new Gate();
    const fn = gated(app, gate);
    await app.start([fn]);
    const id = await app.send("go");
    await gate.reached;
    const closing = app.worker?.close();
    const next = await app.send("go");
    await api.waiting((await api.runsOf(next))[0]?.id ?? "", "blocked");
    expect(app.worker?.state).toBe("CLOSING");
    gate.open();
    await closing;
    expect(app.worker?.state).toBe("CLOSED");
    await app.worker?.closed;
    expect(app.ledger.lines).toEqual(["before", "held begins", "held ends"]);
    await app.start([fn]);
    expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output: "done" });
    expect(await api.outcome(next)).toMatchObject({ status: "COMPLETED", output: "done" });
    expect(app.ledger.count("held begins")).toBe(2);
  });

  test("a worker comes back by itself when the server was started anew", async () => {
    const db = `${temporaryFolder(cleanUps)}/main.db`;
    const before = await world({ db });
    const { port } = before;
    const app = newApp(new Api(before.url));
    const fn = app.client.createFunction(
      { id: "patient", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("first", () => app.ledger.note("first"));
        await step.waitForEvent("news", { event: app.event("news"), timeout: "1h" });
        return step.run("second", () => app.ledger.note("second", "done"));
      },
    );
    await app.start([fn]);
    const id = await app.send("go");
    const [{ id: runId } = { id: "" }] = await app.api.runsOf(id);
    await app.api.waiting(runId, "event");
    await before.close({ drainMs: 0 });
    await world({ db, port });
    await app.send("news");
    expect(await app.api.ended(runId)).toMatchObject({ status: "COMPLETED" });
    expect(app.ledger.lines).toEqual(["first", "second"]);
    expect(app.worker?.state).toBe("ACTIVE");
  });

  test("a server that is stopped lets requests finish, and keeps their results", async () => {
    const db = `${temporaryFolder(cleanUps)}/main.db`;
    const before = await world({ db });
    const { port } = before;
    const app = newApp(new Api(before.url));
    const gate = new Gate();
    await app.start([gated(app, gate)]);
    const id = await app.send("go");
    await gate.reached;
    const closing = before.close({ drainMs: 60_000 });
    gate.open();
    await closing;
    await world({ db, port });
    expect(await app.api.outcome(id)).toMatchObject({ status: "COMPLETED", output: "done" });
    expect(app.ledger.lines).toEqual(["before", "held begins", "held ends"]);
  });

  test("an app that cannot be registered is refused, with the function and the key named", async () => {
    const told: string[] = [];
    const server = await world({ log: { ...quiet, warn: (message: string) => told.push(message) } });
    const api = new Api(server.url);
    const app = newApp(api);
    const fn = app.client.createFunction(
      { id: "wrong", triggers: { event: app.event("go"), if: "event.data.n >" } },
      () => 1,
    );
    // It tries again for ever.
    void app.start([fn]);
    await until(
      "the reason to be told",
      () => told.join("\n"),
      (text) => text.includes(`${app.id}-wrong: triggers[0].if`),
    );
    expect(await api.get("/v0/connect/envs/default/conns")).toEqual([]);
    expect(server.engine.functions()).toEqual([]);
  });
});
