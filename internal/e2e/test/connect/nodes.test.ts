import type { ProductionServer } from "@stepfast/server";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { afterEach, describe, expect, test } from "vitest";
import type { Api } from "../http/api.ts";
import { Gate } from "../http/gate.ts";
import { until } from "../http/patience.ts";
import { KeyedApi, signingKey as key, productionServer } from "../http/production.ts";
import { ours, theirs } from "../http/sdk.ts";
import { CleanUps } from "../http/world.ts";
import { ConnectedApp } from "./connected-app.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const cases = [ours, theirs].flatMap((sdk) => [true, false].map((checkpointing) => ({ sdk, checkpointing })));

describe.each(cases)("$sdk.name, checkpointing $checkpointing", ({ sdk, checkpointing }) => {
  const store = () => new SharedMemoryStore();

  async function node(shared: SharedMemoryStore): Promise<{ api: KeyedApi; server: ProductionServer }> {
    const server = await productionServer({
      db: "",
      store: shared,
      tuning: { retryIntervalMs: 5, pollMs: 20 },
    });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    return { api: new KeyedApi(server.url), server };
  }

  function appAt(api: Api): ConnectedApp {
    const app = new ConnectedApp(sdk, api, { isDev: false, signingKey: key, eventKey: "key", checkpointing });
    cleanUps.add(() => app.stop());
    return app;
  }

  /** Both nodes know the app's functions. */
  async function isKnownTo(server: ProductionServer, app: ConnectedApp): Promise<void> {
    await until(
      "the app to be known",
      () => server.engine.functions(),
      (functions) => functions.some((fn) => fn.appId === app.id),
    );
  }

  test("a worker does the work that comes to another node, and moves between them", async () => {
    const shared = store();
    const [a, b] = [await node(shared), await node(shared)];
    const app = appAt(b.api);
    const fn = app.client.createFunction(
      { id: "work", triggers: { event: app.event("go") } },
      async ({ step, event }) => {
        await step.run("first", () => app.ledger.note(`first ${event.data.n}`));
        await step.waitForEvent("news", { event: app.event("news"), timeout: "1h", match: "data.n" });
        return step.run("second", () => app.ledger.note(`second ${event.data.n}`, event.data.n));
      },
    );
    await app.start([fn]);
    await isKnownTo(a.server, app);
    const go = (n: number) => a.api.send({ name: app.event("go"), data: { n } });
    const news = (n: number) => a.api.send({ name: app.event("news"), data: { n } });
    const runOf = async (id: string) => (await a.api.runsOf(id))[0]?.id ?? "";
    const one = await runOf(await go(1));
    await a.api.waiting(one, "event");
    await news(1);
    expect(await a.api.ended(one)).toMatchObject({ status: "COMPLETED" });
    const two = await runOf(await go(2));
    await a.api.waiting(two, "event");
    await app.stop();
    await news(2);
    const three = await runOf(await go(3));
    for (const id of [two, three]) {
      expect((await a.api.waiting(id, "blocked")).waiting).toContainEqual(
        expect.objectContaining({ name: "no_worker" }),
      );
    }
    const elsewhere = appAt(a.api);
    Object.assign(elsewhere, { client: app.client });
    elsewhere.more = { gatewayUrl: `${a.server.url.replace("http", "ws")}/v0/connect` };
    await elsewhere.start([fn]);
    expect(await b.api.ended(two)).toMatchObject({ status: "COMPLETED" });
    await b.api.waiting(three, "event");
    await b.api.send({ name: app.event("news"), data: { n: 3 } });
    expect(await b.api.ended(three)).toMatchObject({ status: "COMPLETED" });
    const once = [1, 2, 3].flatMap((n) => [`first ${n}`, `second ${n}`]);
    expect(app.ledger.lines.slice().sort()).toEqual(once.sort());
  });

  test("a node that stops hands its runs to the one where its worker goes", async () => {
    const shared = store();
    const [a, b] = [await node(shared), await node(shared)];
    const app = appAt(a.api);
    const gate = new Gate();
    const fn = app.client.createFunction(
      { id: "work", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("first", () => app.ledger.note("first"));
        await step.run("held", () => gate.pass());
        return step.run("last", () => app.ledger.note("last", "done"));
      },
    );
    await app.start([fn]);
    await isKnownTo(b.server, app);
    const id = await b.api.send({ name: app.event("go") });
    await gate.reached;
    // It is at node a. Another worker of the app comes to b; a stops, and lets the step finish.
    const other = appAt(b.api);
    Object.assign(other, { client: app.client });
    other.more = { gatewayUrl: `${b.server.url.replace("http", "ws")}/v0/connect` };
    await other.start([fn]);
    const closing = a.server.close({ drainMs: 60_000 });
    gate.open();
    await closing;
    expect(await b.api.outcome(id)).toMatchObject({ status: "COMPLETED", output: "done" });
    expect(app.ledger.lines).toEqual(["first", "last"]);
  });
});
