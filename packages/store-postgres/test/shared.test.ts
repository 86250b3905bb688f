import type { SharedStore } from "@stepfast/store";
import {
  makeApp,
  makeMessage,
  makeOwnedRun,
  makeRun,
  sharedStoreConformance,
} from "@stepfast-internal/store-testkit";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "./database.ts";

const database = useDatabase();

sharedStoreConformance("the PostgreSQL store", async () => {
  const { store } = await database.openFresh();
  return { here: store, there: await database.open() };
});

/** The first hint from now on. */
function hint(store: SharedStore): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.onHint(() => {
      stop();
      resolve();
    });
  });
}

describe("hints over PostgreSQL", () => {
  let here: SharedStore;
  let there: SharedStore;
  beforeEach(async () => {
    here = (await database.openFresh()).store;
    there = await database.open();
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
  });

  it.each<[string, () => Promise<void>]>([
    ["an app that is put", () => there.putApp({ app: makeApp({ id: "shop" }), functions: [], now: 1 })],
    ["an app that is deleted", () => there.deleteApp({ appId: "shop", now: 1 })],
    ["a session that ends", () => there.endSession({ owner: "b", now: 1 })],
  ])("come with %s", async (_, change) => {
    const heard = hint(here);
    await change();
    await expect(heard).resolves.toBeUndefined();
  });

  it("do not come for what concerns only the node that writes, or only a third one", async () => {
    await here.heartbeat({ owner: "a", now: 1_000, until: 9_000 });
    await there.heartbeat({ owner: "b", now: 1_000, until: 9_000 });
    let count = 0;
    here.onHint(() => {
      count += 1;
    });
    await there.commit({
      newRuns: [makeOwnedRun({ id: "r1", owner: "b" }), makeOwnedRun({ id: "r2", owner: "c" })],
    });
    await there.commit({ messages: [makeMessage({ id: "m1", runId: "r1" })] });
    await there.commit({ messages: [makeMessage({ id: "m1", runId: "r2" })] });
    await here.commit({ newRuns: [makeRun({ id: "r3" })] });
    const marker = hint(here);
    await there.commit({ newRuns: [makeRun({ id: "r4" })] });
    // Hints come in the order of the commits: an earlier one would have been counted.
    await marker;
    expect(count).toBe(1);
  });

  it("do not come for the message of a run that its writer takes over in the same commit", async () => {
    const ear = new pg.Client({ connectionString: database.url });
    await ear.connect();
    await ear.query(`LISTEN ${database.schema}`);
    const heard: (string | undefined)[] = [];
    const over = new Promise<void>((resolve) => {
      ear.on("notification", ({ payload }) => (payload === "over" ? resolve() : heard.push(payload)));
    });
    await there.heartbeat({ owner: "b", now: 1_000, until: 9_000 });
    await there.commit({
      newRuns: [makeRun({ id: "r1", wakeAt: null }), makeRun({ id: "r2", wakeAt: null })],
    });
    await there.commit({ messages: [makeMessage({ id: "m1", runId: "r1" })] });
    await there.commit({
      guards: [{ kind: "unowned", runId: "r2", epoch: 0 }],
      messages: [makeMessage({ id: "m2", runId: "r2" })],
      runs: [{ id: "r2", owner: "b", epoch: 1, wakeAt: null }],
    });
    await database.sql("NOTIFY {schema}, 'over'");
    await over;
    await ear.end();
    expect((await there.loadRun("r2"))?.run).toMatchObject({ owner: "b", epoch: 1, wakeAt: null });
    expect(heard).toHaveLength(2);
  });

  it("come again after the connection was lost, and once for what may have been missed", async () => {
    const heard = hint(here);
    const cut = await database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE query = 'LISTEN {schema}' AND application_name = '{schema}'`);
    expect(cut.length).toBe(2);
    await heard;
    const next = hint(here);
    await there.commit({ newRuns: [makeRun({ id: "r1" })] });
    await expect(next).resolves.toBeUndefined();
  });

  it("can be left out: nobody listens, nobody is told, and news are there all the same", async () => {
    const quiet = await database.open({ hints: false });
    let count = 0;
    here.onHint(() => {
      count += 1;
    });
    quiet.onHint(() => {
      count += 100;
    })();
    await quiet.commit({ newRuns: [makeRun({ id: "r1" })] });
    await quiet.putApp({ app: makeApp({ id: "shop" }), functions: [], now: 1 });
    expect((await quiet.news({ owner: "q", now: 1_000 })).wakeAt).toBe(1_000);
    const marker = hint(here);
    await there.commit({ newRuns: [makeRun({ id: "r2" })] });
    await marker;
    expect(count).toBe(1);
    await quiet.close();
  });
});

describe("sessions in the database's time", () => {
  it("lapse by it, whatever the nodes' clocks say", async () => {
    const { store } = await database.openFresh();
    const node = await database.open({ leaseClock: "database" });
    await node.heartbeat({ owner: "a", now: 1_000, until: 61_000 });
    expect((await node.news({ owner: "a", now: 9e15 })).hasLapsed).toBe(false);
    expect(await node.reclaim({ now: 9e15 })).toBe(0);
    await node.heartbeat({ owner: "b", now: 1_000, until: 1_000 });
    expect((await node.news({ owner: "a", now: 0 })).hasLapsed).toBe(true);
    await node.reclaim({ now: 0 });
    const { peers, hasLapsed } = await node.news({ owner: "nobody", now: 0 });
    expect([peers.map(({ owner }) => owner), hasLapsed]).toEqual([["a"], false]);
    await Promise.all([node.close(), store.close()]);
  });
});

describe("reclaim", () => {
  let store: SharedStore;
  beforeEach(async () => {
    store = (await database.openFresh()).store;
  });
  afterEach(() => store.close());

  it("takes many runs away a part at a time", async () => {
    await store.heartbeat({ owner: "a", now: 1_000, until: 2_000 });
    const ids = Array.from({ length: 1_234 }, (_, i) => `r${i}`);
    await store.commit({ newRuns: ids.map((id) => makeOwnedRun({ id, owner: "a" })) });
    expect(await store.reclaim({ now: 2_000 })).toBe(1_234);
    // Rows of one transaction have one writer.
    const writers = await database.sql(
      "SELECT xmin::text AS writer, count(*)::int AS n FROM {schema}.runs GROUP BY xmin ORDER BY n DESC",
    );
    expect(writers.map(({ n }) => n)).toEqual([500, 500, 234]);
  });

  it("forgets sessions a day after they were given up, and not before", async () => {
    const day = 86_400_000;
    await store.heartbeat({ owner: "a", now: 1_000, until: 2_000 });
    await store.endSession({ owner: "b", now: 2_000 });
    await store.heartbeat({ owner: "c", now: 1_000, until: 9 * day });
    await store.reclaim({ now: 2_000 + day });
    const owners = async () =>
      (await database.sql("SELECT owner FROM {schema}.sessions ORDER BY owner")).map(({ owner }) => owner);
    expect(await owners()).toEqual(["a", "b", "c"]);
    await store.reclaim({ now: 2_001 + day });
    expect(await owners()).toEqual(["c"]);
  });
});
