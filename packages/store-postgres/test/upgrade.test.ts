import { makeEvent, makeFunction, makeGate, makeRun, pruneAll } from "@stepfast-internal/store-testkit";
import { beforeAll, expect, it } from "vitest";
import { columnName } from "../src/columns.ts";
import { migrations } from "../src/schema/migrations.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();

/** The schema as an earlier release made it. */
async function makeSchema(version: number): Promise<void> {
  await database.sql(`DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};
    CREATE TABLE {schema}.schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
    INSERT INTO {schema}.schema_version VALUES (1, ${version}); ${migrations.slice(0, version).join(";")}`);
}

beforeAll(() => makeSchema(1));

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

it("a schema that nodes of an earlier release work on is left as it is until they have stopped", async () => {
  const version = () => database.sql("SELECT version FROM {schema}.schema_version");
  await makeSchema(migrations.length - 1);
  const leaseEnd = Date.now() + 3_600_000;
  const url = "http://10.0.0.7:8288";
  await database.sql(`INSERT INTO {schema}.sessions VALUES ('old', ${leaseEnd}, false, '${url}', '[]')`);
  await expect(database.open()).rejects.toMatchObject({ code: "store_locked" });
  await expect(database.open()).rejects.toThrow(url);
  expect(await version()).toEqual([{ version: migrations.length - 1 }]);

  await database.sql("UPDATE {schema}.sessions SET until = 1 WHERE owner = 'old'");
  const store = await database.open();
  expect(await version()).toEqual([{ version: migrations.length }]);
  expect(await store.heartbeat({ owner: "old", now: 1, until: 10_000 })).toBe(false);
  await store.close();
});

it("a node whose schema a later release changes does no more from its next heartbeat on", async () => {
  const store = await database.open();
  expect(await store.heartbeat({ owner: "mine", now: 1, until: 10_000 })).toBe(true);
  await database.sql(`UPDATE {schema}.schema_version SET version = ${migrations.length + 1}`);
  const tooNew = expect.objectContaining({ code: "schema_too_new" });
  await expect(store.heartbeat({ owner: "mine", now: 2, until: 10_000 })).rejects.toEqual(tooNew);
  await expect(store.commit({ events: [makeEvent({ id: "e9" })] })).rejects.toEqual(tooNew);
  await expect(store.loadRun("r1")).rejects.toEqual(tooNew);
  await store.close();
  expect(await database.sql("SELECT id FROM {schema}.events WHERE id = 'e9'")).toEqual([]);
});
