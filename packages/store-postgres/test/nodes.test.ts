import type { ChangeSet, Guard, Store } from "@stepfast/store";
import {
  makeEvent,
  makeKey,
  makeMessage,
  makeOwnedRun,
  makeRun,
  makeStep,
  makeWait,
} from "@stepfast-internal/store-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "./database.ts";

const database = useDatabase();

describe("two nodes on one database", () => {
  let a: Store;
  let b: Store;
  beforeEach(async () => {
    a = (await database.openFresh()).store;
    b = await database.open();
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  it("claims never overlap, and together they get everything", async () => {
    const newRuns = Array.from({ length: 600 }, (_, i) => makeRun({ id: `r${String(i).padStart(3, "0")}` }));
    await a.commit({ newRuns });
    const claimAll = async (store: Store, owner: string) => {
      const ids: string[] = [];
      for (let misses = 0; misses < 3; ) {
        const claimed = await store.claim({ owner, now: 5_000, limit: 7 });
        ids.push(...claimed.map(({ id }) => id));
        misses = claimed.length === 0 ? misses + 1 : 0;
      }
      return ids;
    };
    const both = await Promise.all([claimAll(a, "a"), claimAll(b, "b")]);
    expect(both.flat().sort()).toEqual(newRuns.map(({ id }) => id));
    expect(both.every((ids) => ids.length > 50)).toBe(true);
  });

  it("a dead node's runs are taken over, and what it still writes as a zombie is refused", async () => {
    await a.heartbeat({ owner: "a", now: 1_000, until: 16_000 });
    await b.heartbeat({ owner: "b", now: 1_000, until: 99_000 });
    await a.commit({ newRuns: [makeRun({ id: "r1" })] });
    expect((await a.claim({ owner: "a", now: 1_000, limit: 1 })).length).toBe(1);
    expect(await b.reclaim({ now: 15_999 })).toBe(0);
    expect(await b.reclaim({ now: 16_000 })).toBe(1);
    const [taken] = await b.claim({ owner: "b", now: 16_000, limit: 1 });
    expect(taken).toMatchObject({ id: "r1", owner: "b", epoch: 2 });
    const stale: Guard = { kind: "lease", runId: "r1", owner: "a", epoch: 1 };
    const late = {
      guards: [stale],
      steps: [makeStep({ runId: "r1", no: 0 })],
      events: [makeEvent({ id: "e1" })],
    };
    expect(await a.commit(late)).toEqual({ ok: false, conflict: { kind: "guard", guard: stale } });
    expect(await a.heartbeat({ owner: "a", now: 17_000, until: 32_000 })).toBe(false);
    expect(await a.claim({ owner: "a", now: 99_000, limit: 1 })).toEqual([]);
    expect((await b.loadRun("r1"))?.steps).toEqual([]);
    expect(await b.getEvents(["e1"])).toEqual([]);
  });

  it("opening one more node leaves the sessions of the others alone", async () => {
    await a.heartbeat({ owner: "a", now: 1_000, until: 16_000 });
    await a.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
    const c = await database.open();
    expect(await c.reclaim({ now: 2_000 })).toBe(0);
    expect((await c.getRun("r1"))?.owner).toBe("a");
    await c.close();
  });

  /** Both at once, many times: each time exactly one may win. */
  async function contest(
    times: number,
    changes: (store: "a" | "b", round: number) => ChangeSet,
  ): Promise<number[]> {
    const wins: number[] = [];
    for (let round = 0; round < times; round++) {
      const results = await Promise.all([a.commit(changes("a", round)), b.commit(changes("b", round))]);
      wins.push(results.filter(({ ok }) => ok).length);
    }
    return wins;
  }

  it("of two that claim a key at once one has it, and the other is told whose it is", async () => {
    const wins = await contest(40, (store, round) => ({
      keys: [makeKey({ key: `k${round}`, value: store, expiresAt: 9_000 })],
      events: [makeEvent({ id: `${store}${round}` })],
    }));
    expect(wins).toEqual(wins.map(() => 1));
    expect((await a.listEvents({ limit: 400 })).length).toBe(40);
    const result = await a.commit({ keys: [makeKey({ key: "k0", value: "c" })] });
    expect(result).toMatchObject({
      ok: false,
      conflict: { kind: "key", value: expect.stringMatching(/^[ab]$/) },
    });
  });

  it("of two that resolve a wait at once one does", async () => {
    const waits = Array.from({ length: 40 }, (_, i) => makeWait({ runId: "r1", stepId: `s${i}` }));
    await a.commit({ newRuns: [makeRun({ id: "r1", wakeAt: null })], newWaits: waits });
    const wins = await contest(40, (store, round) => ({
      guards: [{ kind: "wait", runId: "r1", stepId: `s${round}` }],
      closedWaits: [{ runId: "r1", stepId: `s${round}` }],
      messages: [makeMessage({ id: `${store}${round}`, runId: "r1" })],
    }));
    expect(wins).toEqual(wins.map(() => 1));
    expect((await b.loadRun("r1"))?.messages.length).toBe(40);
  });

  it("of two that end a run, or record a step, at once one does", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `r${i}`);
    await a.commit({ newRuns: ids.map((id) => makeOwnedRun({ id, owner: "a" })) });
    const stepWins = await contest(20, (store, round) => ({
      steps: [makeStep({ runId: `r${round}`, no: 0, output: `"${store}"` })],
    }));
    const endWins = await contest(20, (store, round) => ({
      guards: [{ kind: "lease", runId: `r${round}`, owner: "a", epoch: 1 }],
      runs: [{ id: `r${round}`, status: "completed", output: `"${store}"` }],
    }));
    expect([...stepWins, ...endWins]).toEqual(Array.from({ length: 40 }, () => 1));
  });

  it("large batches that cross each other's runs, keys and waits come through", async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `r${String(i).padStart(2, "0")}`);
    await a.commit({ newRuns: ids.map((id) => makeRun({ id, wakeAt: null })) });
    const write = (store: Store, name: string, order: string[]) =>
      order.map((id, i) =>
        store.commit({
          guards: [{ kind: "live", runId: id }],
          keys: [makeKey({ key: `${name}${id}` })],
          newWaits: [makeWait({ runId: id, stepId: name, key: `data.id=${i}` })],
          messages: [makeMessage({ id: name, runId: id })],
          runs: [{ id, attempt: 1 }],
        }),
      );
    const results = await Promise.all([...write(a, "a", ids), ...write(b, "b", [...ids].reverse())]);
    expect(results.every(({ ok }) => ok)).toBe(true);
    const loaded = await Promise.all(ids.map((id) => a.loadRun(id)));
    expect(loaded.map((run) => [run?.messages.length, run?.waits.length])).toEqual(ids.map(() => [2, 2]));
  });
});

describe("an event and a wait on two nodes", () => {
  const name = "shop/order.paid";
  let a: Store;
  let b: Store;
  beforeEach(async () => {
    a = (await database.openFresh()).store;
    b = await database.open();
    await b.commit({
      newRuns: [makeRun({ id: "r1" })],
      newWaits: [makeWait({ runId: "r1", stepId: "first" })],
    });
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  async function look(key: string): Promise<Guard> {
    const { paths, version } = await a.findWaits({ name, keys: [key], now: 1_000 });
    return { kind: "waits", name, keys: [key], paths, version };
  }

  /** Resolves when so many wait for a lock. */
  async function untilWaiting(count: number): Promise<void> {
    for (;;) {
      const waiting = `SELECT count(*) AS n FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND application_name = '{schema}'`;
      if (Number((await database.sql(waiting))[0]?.n) >= count) return;
    }
  }

  it.each([
    ["under the key", { key: "data.id=8" }],
    ["with a new path", { path: "data.user", key: "data.user=8" }],
  ])("a wait %s cannot be opened between the event's last look and its commit", async (_, given) => {
    const guard = await look("data.id=8");
    const order: string[] = [];
    // Somebody else is about to write the same event: node a stops after its look and before its commit.
    await database.sql("BEGIN");
    await database.sql(
      `INSERT INTO {schema}.events VALUES ('e1', null, 'n', '', null, null, null, 1, 1, null)`,
    );
    const event = a.commit({ guards: [guard], events: [makeEvent({ id: "e1" })] }).then(({ ok }) => {
      order.push(`event ${ok}`);
    });
    await untilWaiting(1);
    const wait = b.commit({ newWaits: [makeWait({ runId: "r1", stepId: "s2", ...given })] }).then(() => {
      order.push("wait");
    });
    await Promise.race([untilWaiting(2), wait]);
    // The wait is held up by the event, which is not written yet. Who hears first of two commits says nothing of their order.
    expect(order).toEqual([]);
    await database.sql("ROLLBACK");
    await Promise.all([event, wait]);
    expect(order.toSorted()).toEqual(["event true", "wait"]);
  });

  it("an event that looked before a wait was opened on another node is refused", async () => {
    const guard = await look("data.id=8");
    await b.commit({ newWaits: [makeWait({ runId: "r1", stepId: "s2", key: "data.id=8" })] });
    const event = { events: [makeEvent({ id: "e1" })] };
    expect((await a.commit({ guards: [guard], ...event })).ok).toBe(false);
    expect((await a.commit({ guards: [await look("data.id=8")], ...event })).ok).toBe(true);
  });

  it("waits under other keys, whichever node numbered them first, do not hide one", async () => {
    const guard = await look("data.id=8");
    await a.commit({ newWaits: [makeWait({ runId: "r1", stepId: "later", key: "data.id=9" })] });
    const again = await look("data.id=8");
    await b.commit({ newWaits: [makeWait({ runId: "r1", stepId: "s2", key: "data.id=8" })] });
    // It got its number before the other one, and was committed after both looks.
    await database.sql("UPDATE {schema}.waits SET seq = 1 WHERE step_id = 's2'");
    for (const seen of [guard, again]) {
      expect((await a.commit({ guards: [seen], events: [makeEvent({ id: "e1" })] })).ok).toBe(false);
    }
  });
});
