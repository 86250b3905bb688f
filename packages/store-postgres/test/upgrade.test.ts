import { makeEvent, makeFunction, makeGate, makeRun, pruneAll } from "@stepfast-internal/store-testkit";
import { beforeAll, expect, it } from "vitest";
import { columnName } from "../src/columns.ts";
import { migrations } from "../src/schema/migrations.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();

/** The schema as the first release made it. */
beforeAll(async () => {
  await database.sql(`CREATE SCHEMA {schema};
    CREATE TABLE {schema}.schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
    INSERT INTO {schema}.schema_version VALUES (1, 1); ${migrations[0]}`);
});

async function insert(table: string, row: object): Promise<void> {
  const columns = Object.keys(row).map(columnName).join(", ");
  const quoted = (value: unknown) => (value === null ? "NULL" : `'${String(value)}'`);
  const values = Object.values(row).map(quoted).join(", ");
  await database.sql(`INSERT INTO {schema}.${table} (${columns}) VALUES (${values})`);
}

it("a schema of version 1 becomes one of today, and loses nothing", async () => {
  const live = makeRun({ id: "r1", queuedAt: 1_234.5, eventIds: '["e1","e2","e2"]' });
  const ended = makeRun({
    id: "r2",
    status: "completed",
    queuedAt: 5,
    endedAt: 9,
    wakeAt: null,
    eventId: "e3",
  });
  for (const { rank, flow, gate, originalRunId, fork, ...first } of [live, ended])
    await insert("runs", first);
  for (const id of ["e1", "e2", "e3"]) await insert("events", makeEvent({ id }));
  const { paused, overrides, ...before } = makeFunction({ id: "shop-a" });
  await insert("functions", before);

  const store = await database.open();
  expect(await store.getRun("r1")).toEqual({ ...live, rank: 1_234.5 });
  expect(await store.getRun("r2")).toEqual({ ...ended, rank: 0 });
  expect(await store.listFunctions()).toEqual([{ ...before, paused: null, overrides: null }]);
  const gates = [makeGate({ id: "g1", dueAt: 3 })];
  expect(await store.commit({ gates, runs: [{ id: "r1", gate: "g1" }] })).toEqual({ ok: true });
  expect(await store.listParked({ gate: "g1", limit: 5 })).toMatchObject([{ id: "r1", rank: 1_234.5 }]);
  const all = { endedBefore: { completed: 9_000 }, eventsBefore: 9_000, limit: 10 };
  expect(await pruneAll(store, all)).toMatchObject({ runs: 1, events: 1 });
  expect((await store.loadRun("r1"))?.events.length).toBe(3);
  await store.close();
});
