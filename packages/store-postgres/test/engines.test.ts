import type { Engine } from "@stepfast/engine";
import { type Embedded, type EmbedOptions, embed } from "@stepfast/server";
import type { SharedStore } from "@stepfast/store";
import { Inngest } from "stepfast";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "./database.ts";

const database = useDatabase();
const LEASE_MS = 2_000;
/** Longer than any test: what happens sooner happened on a hint. */
const NEVER_MS = 600_000;

/** A promise and what settles it. */
function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

interface Node {
  client: Inngest;
  app: Embedded;
  store: SharedStore;
}

const nodes: Node[] = [];
afterEach(async () => {
  for (const { app } of nodes) await app.close({ drainMs: 0 });
  for (const { store } of nodes.splice(0)) await store.close();
});
beforeEach(async () => {
  await (await database.openFresh()).store.close();
});

interface NodeOptions {
  appId: string;
  functions?: (client: Inngest) => EmbedOptions["functions"];
  leaseMs?: number;
  pollMs?: number;
  hints?: boolean;
}

async function node(options: NodeOptions): Promise<Node> {
  const { appId, functions = () => [], leaseMs, pollMs = NEVER_MS, hints = true } = options;
  const store = await database.open({ leaseClock: "database", hints });
  const client = new Inngest({ id: appId });
  const lease = leaseMs === undefined ? {} : { leaseMs };
  const app = await embed({ client, functions: functions(client), store, pollMs, ...lease });
  nodes.push({ client, app, store });
  return { client, app, store };
}

async function onlyRun({ store }: Node) {
  const [run, ...others] = await store.listRuns({});
  if (run === undefined || others.length > 0) throw new Error("There is not exactly one run.");
  return run;
}

describe("engines on one PostgreSQL", () => {
  it.each<[string, Pick<NodeOptions, "hints" | "pollMs">]>([
    ["hint each other", {}],
    ["look often, where there are no hints", { hints: false, pollMs: 20 }],
  ])("%s: what is sent to one node starts and wakes a run on another", async (_how, tuning) => {
    const waits = gate();
    const done = gate<unknown>();
    const back = await node({
      ...tuning,
      appId: "back",
      functions: (client) => [
        client.createFunction({ id: "order", triggers: [{ event: "placed" }] }, async ({ step }) => {
          await step.run("announce", () => waits.open());
          const paid = await step.waitForEvent("payment", { event: "paid", timeout: "1h" });
          await step.run("end", () => done.open(paid?.data));
        }),
      ],
    });
    const front = await node({ ...tuning, appId: "front" });
    const listening = await database.sql(`SELECT 1 FROM pg_stat_activity WHERE query = 'LISTEN {schema}'`);
    expect(listening.length).toBe(tuning.hints === false ? 0 : 2);
    await front.client.send({ name: "placed" });
    await waits.opened;
    await untilWaiting(back);
    await front.client.send({ name: "paid", data: { amount: 7 } });
    expect(await done.opened).toEqual({ amount: 7 });
  });

  it("hint each other of a cancellation", async () => {
    const begun = gate();
    const mayEnd = gate();
    let laterSteps = 0;
    await node({
      appId: "back",
      functions: (client) => [
        client.createFunction({ id: "order", triggers: [{ event: "placed" }] }, async ({ step }) => {
          await step.run("slow", async () => {
            begun.open();
            await mayEnd.opened;
          });
          await step.run("later", () => {
            laterSteps += 1;
          });
        }),
      ],
    });
    const front = await node({ appId: "front" });
    await front.client.send({ name: "placed" });
    await begun.opened;
    const { id } = await onlyRun(front);
    await front.app.engine.cancelRun({ runId: id });
    await untilHeard(front, id);
    mayEnd.open();
    await expect.poll(async () => (await onlyRun(front)).status).toBe("cancelled");
    expect(laterSteps).toBe(0);
  });

  it("take over the runs of a node that crashed", async () => {
    const stuck = gate();
    const taken = gate<string>();
    const firstOn: string[] = [];
    const functions = (name: string) => (client: Inngest) => [
      client.createFunction({ id: "order", triggers: [{ event: "placed" }] }, async ({ step }) => {
        await step.run("first", () => {
          firstOn.push(name);
        });
        await step.run("second", async () => {
          if (name === "a") stuck.open();
          if (name === "a") await new Promise(() => {});
          taken.open(name);
        });
        return name;
      }),
    ];
    const tuning = { appId: "shop", leaseMs: LEASE_MS, pollMs: 250 };
    const a = await node({ ...tuning, functions: functions("a") });
    const b = await node({ ...tuning, functions: functions("b") });
    await a.client.send({ name: "placed" });
    await stuck.opened;
    (a.app.engine as Engine).crash();
    // How soon is for virtual time to tell: packages/engine/test/nodes.test.ts.
    expect(await taken.opened).toBe("b");
    await expect.poll(async () => (await onlyRun(b)).status).toBe("completed");
    expect([firstOn, (await onlyRun(b)).output, (await onlyRun(b)).epoch]).toEqual([["a"], '"b"', 2]);
  });

  it("take over at once what a node hands back when it closes", async () => {
    const ended = gate<string>();
    const begun = gate();
    const functions = (name: string) => (client: Inngest) => [
      client.createFunction({ id: "order", triggers: [{ event: "placed" }] }, async ({ step }) => {
        await step.run("wait", async () => {
          if (name === "a") begun.open();
          if (name === "a") await new Promise(() => {});
          ended.open(name);
        });
      }),
    ];
    const a = await node({ appId: "shop", functions: functions("a") });
    await node({ appId: "shop", functions: functions("b") });
    await a.client.send({ name: "placed" });
    await begun.opened;
    await a.app.close({ drainMs: 0 });
    expect(await ended.opened).toBe("b");
  });

  it("start one run a tick of a schedule", async () => {
    const seen: string[] = [];
    const enough = gate();
    const functions = (client: Inngest) => [
      client.createFunction({ id: "tick", triggers: { cron: "* * * * * *" } }, ({ event }) => {
        seen.push(event.id);
        if (seen.length === 4) enough.open();
      }),
    ];
    const one = await node({ appId: "clock", functions });
    await node({ appId: "clock", functions });
    await enough.opened;
    const runs = await one.store.listRuns({ functionIds: ["clock-tick"], order: "asc" });
    const events = await one.store.getEvents(runs.map((run) => run.eventId));
    const ticks = events.map((event) => event.key);
    expect(ticks).toEqual([...new Set(ticks)]);
    expect(ticks.slice(0, 4)).toEqual(seen.slice(0, 4).sort());
  });
});

/** The run has opened its wait. */
async function untilWaiting({ store }: Node): Promise<void> {
  const waits = async () =>
    (await store.findWaits({ name: "paid", keys: [""], now: Date.now() })).waits.length;
  await expect.poll(waits).toBe(1);
}

/** The holder has taken the message in. */
async function untilHeard({ store }: Node, runId: string): Promise<void> {
  await expect.poll(async () => (await store.loadRun(runId))?.messages.length).toBe(0);
}
