import type { EventFilter, GateFilter, RunFilter, RunRow } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import { makeEvent, makeGate, makeRun } from "@stepfast-internal/store-testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../src/driver.ts";
import { migrate } from "../src/migrate.ts";
import { boundQuery, eventWalk, gateWalk, runWalk } from "../src/reader/filters.ts";
import { Statements } from "../src/reader/statements.ts";
import { openFresh } from "./open-store.ts";

const COUNT = 4_000;
const idOf = (no: number) => String(no).padStart(6, "0");

/** Rows of all kinds: of each hundred one that is rare. */
function rowsFrom(from: number, to: number) {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  return {
    events: numbers.map((no) => {
      const name = no % 2 === 0 ? "inngest/function.finished" : "shop/order.placed";
      return makeEvent({ id: idOf(no), name, receivedAt: no });
    }),
    newRuns: numbers.map((no) => {
      const status: RunRow["status"] = no % 100 === 7 ? "failed" : "completed";
      const functionId = `shop-fn${no % 3}`;
      return makeRun({ id: idOf(no), functionId, status, queuedAt: no, endedAt: no, wakeAt: null });
    }),
    gates: numbers.map((no) => makeGate({ id: idOf(no), kind: no % 100 === 7 ? "job" : "lane" })),
  };
}

const memory = new MemoryStore();
const sqlite = await openFresh();

beforeAll(async () => {
  for (let from = 0; from < COUNT; from += 500) {
    for (const store of [memory, sqlite.store]) await store.commit(rowsFrom(from, from + 500));
  }
  return () => sqlite.store.close();
});

const runLists: RunFilter[] = [
  { status: ["failed"] },
  { status: ["failed"], order: "asc", limit: 400 },
  { status: ["failed"], functionIds: ["shop-fn1"], limit: 7 },
  { functionIds: ["shop-fn1", "shop-fn2"], until: 100, limit: 400 },
  { functionIds: [] },
  { status: ["failed"], cursor: idOf(700) },
  { status: ["failed"], cursor: idOf(3_000), order: "asc" },
  { until: 3, limit: 2 },
  { origins: ["cron"] },
];
const eventLists: EventFilter[] = [
  { excludeSystem: true, limit: 400 },
  { excludeSystem: true, receivedBefore: 10 },
  { name: "shop/order.placed", receivedBefore: 21, limit: 5 },
  { receivedAfter: 10, receivedBefore: 14, cursor: idOf(3_500) },
];
const gateLists: GateFilter[] = [
  { kinds: ["job"] },
  { kinds: ["job"], limit: 400 },
  { kinds: ["job"], cursor: idOf(2_000) },
  { kinds: ["throttle"], functionId: "shop-fulfil" },
];

describe("a list that passes many rows", () => {
  it.each(runLists)("has the runs it would have at once: %j", async (filter) => {
    expect(await sqlite.store.listRuns(filter)).toEqual(await memory.listRuns(filter));
  });

  it.each(eventLists)("has the events it would have at once: %j", async (filter) => {
    expect(await sqlite.store.listEvents(filter)).toEqual(await memory.listEvents(filter));
  });

  it.each(gateLists)("has the gates it would have at once: %j", async (filter) => {
    expect(await sqlite.store.listGates(filter)).toEqual(await memory.listGates(filter));
  });

  it("lets others have their turn, however many there are at a time", async () => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const lists = Array.from({ length: 5 }, () => sqlite.store.listRuns({ origins: ["cron"] }));
    await Promise.all([...lists, sqlite.store.listEvents({ receivedBefore: -1 })]);
    isOver = true;
    // Six lists have six portions at least, one a turn.
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});

it("the end of a portion is found along an index", async () => {
  const db = openDatabase(":memory:");
  migrate(db);
  const statements = new Statements(db);
  const walks = [
    runWalk({ status: ["failed"] }),
    runWalk({ status: ["failed"], functionIds: ["a"] }),
    eventWalk({ excludeSystem: true }),
    eventWalk({ name: "a", receivedBefore: 1 }),
    gateWalk({ kinds: ["job"] }),
    gateWalk({ kinds: ["job"], functionId: "a" }),
  ];
  for (const walk of walks) {
    if (!walk) throw new Error("it is not read in portions");
    const { sql, parameters } = boundQuery(walk, "x", 500);
    const plan = statements.sql(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as unknown[][];
    expect(plan.map((row) => row.at(-1))).toEqual([
      expect.stringMatching(/USING (COVERING INDEX|PRIMARY KEY)/),
    ]);
  }
  db.close();
});
