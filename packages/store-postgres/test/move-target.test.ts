import {
  type MoveTarget,
  orderedTables,
  type StoredRows,
  type StoredTable,
  storedTables,
} from "@stepfast/store";
import {
  makeEvent,
  makeGate,
  makeMetadata,
  makeRun,
  makeStep,
  makeWait,
  pruneAll,
} from "@stepfast-internal/store-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addressOf, openPostgresTarget } from "../src/index.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();
const staging = () => `${database.schema}_moving`;
const move = { moveId: "m1", source: "jobs.db" };

const open: MoveTarget[] = [];
async function target(): Promise<MoveTarget> {
  const opened = await openPostgresTarget({ url: database.url, schema: database.schema });
  open.push(opened);
  return opened;
}

beforeEach(async () => {
  await database.sql(`DROP SCHEMA IF EXISTS {schema} CASCADE; DROP SCHEMA IF EXISTS ${staging()} CASCADE`);
});
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

const rows: StoredRows = {
  apps: {
    id: "shop",
    url: null,
    sdk: "js",
    framework: null,
    appVersion: "1",
    error: null,
    checksum: "c",
    createdAt: 1,
    syncedAt: 2.5,
  },
  functions: {
    id: "shop-pay",
    appId: "shop",
    name: "Pay",
    config: "{}",
    version: 3,
    createdAt: 1,
    archivedAt: null,
    paused: '{"at":1}',
    overrides: "{}",
  },
  events: makeEvent({ id: "e1", user: '{"a":1}', key: "mine" }),
  keys: { scope: "event", key: "😀".repeat(400), value: "e1", createdAt: 1, expiresAt: 9e15 },
  runs: makeRun({
    id: "r1",
    epoch: 12,
    output: "😀",
    blocked: "waiting",
    rank: 2.5,
    flow: "{}",
    gate: "g",
    originalRunId: "r0",
    fork: '{"of":"r0"}',
  }),
  steps: makeStep({ runId: "r1", no: 0 }),
  attempts: { runId: "r1", stepId: "", attempt: 0, startedAt: 1, endedAt: 2, error: "{}" },
  metadata: makeMetadata({ runId: "r1" }),
  waits: makeWait({ runId: "r1", stepId: "w", key: `data.id="${"x".repeat(600)}"` }),
  waitPaths: { name: "go", path: "data.id" },
  messages: { id: "m", runId: "r1", kind: "cancel", stepId: "", payload: "{}", createdAt: 5 },
  gates: makeGate({ id: "g", state: '{"a":1}', dueAt: 2.5 }),
  documents: { kind: "webhook", id: "w", body: '{"a":"😀"}', version: 3, createdAt: 1, updatedAt: 2 },
  largeValues: { home: "r1", place: "step:1", part: 2, value: '"😀' },
};

async function importOne<T extends StoredTable>(to: MoveTarget, table: T): Promise<void> {
  await to.importRows(table, { rows: [rows[table]], cursor: "1" }, null);
}

async function exported<T extends StoredTable>(from: MoveTarget, table: T): Promise<StoredRows[T][]> {
  const found: StoredRows[T][] = [];
  for await (const some of from.exportRows(table)) found.push(...some);
  return found;
}

describe("a target", () => {
  it.each(storedTables)("keeps rows of %s as they are", async (table) => {
    const to = await target();
    expect(await to.begin(move)).toBe(true);
    await importOne(to, table);
    expect(await exported(to, table)).toEqual([to.asStored(table, rows[table])]);
    expect(table === "keys" || to.asStored(table, rows[table]) === rows[table]).toBe(true);
  });

  it.each([...orderedTables])("keeps the order of %s", async (table) => {
    const to = await target();
    await to.begin(move);
    const all = Array.from({ length: 250 }, (_, i) => ({ ...rows[table], runId: `r${(i * 7) % 250}` }));
    await to.importRows(table, { rows: all.slice(0, 120), cursor: "120" }, null);
    await to.importRows(table, { rows: all.slice(120), cursor: "250" }, "120");
    expect(await exported(to, table)).toEqual(all);
  });

  it("keeps the events of a batch from being pruned", async () => {
    const to = await target();
    await to.begin(move);
    const batch = makeRun({ id: "r1", eventIds: '["e1","e2"]' });
    await to.importRows("runs", { rows: [batch, makeRun({ id: "r2" })], cursor: "2" }, null);
    const events = ["e1", "e2", "e3"].map((id) => makeEvent({ id }));
    await to.importRows("events", { rows: events, cursor: "3" }, null);
    await to.finish();
    const store = await database.open();
    const all = { endedBefore: {}, eventsBefore: 9_000, limit: 10 };
    expect(await pruneAll(store, all)).toMatchObject({ events: 1 });
    expect((await store.loadRun("r1"))?.events).toEqual(events.slice(0, 2));
    await store.close();
  });

  it("shows nothing to nodes before the end, then everything at once", async () => {
    const to = await target();
    await to.begin(move);
    for (const table of storedTables) await importOne(to, table);
    const before = await database.open();
    expect(await before.getRun("r1")).toBeNull();
    await before.close();
    await to.finish();
    const after = await database.open();
    expect(await after.loadRun("r1")).toEqual({
      run: rows.runs,
      steps: [rows.steps],
      events: [],
      messages: [rows.messages],
      waits: [rows.waits],
    });
    const { name, key } = rows.waits;
    expect((await after.findWaits({ name, keys: [key], now: 0 })).waits).toEqual([rows.waits]);
    expect(await after.waitPaths("go")).toEqual(["data.id"]);
    const taken = await after.commit({ keys: [{ ...rows.keys, value: "e2", createdAt: 2 }] });
    expect(taken).toMatchObject({ ok: false, conflict: { kind: "key", value: "e1" } });
    await after.commit({ newWaits: [{ ...rows.waits, stepId: "later" }] });
    const { waits } = await after.findWaits({ name, keys: [key], now: 0 });
    expect(waits.map(({ stepId }) => stepId)).toEqual(["w", "later"]);
    await after.close();
  });
});

describe("a move", () => {
  it("goes on from the last page that arrived, and takes no page twice", async () => {
    const first = await target();
    await first.begin(move);
    await importOne(first, "runs");
    const again = await target();
    expect(await again.begin(move)).toBe(true);
    expect(await again.progress("runs")).toEqual({ cursor: "1", rows: 1 });
    expect(await again.progress("steps")).toEqual({ cursor: null, rows: 0 });
    await expect(importOne(first, "runs")).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await exported(again, "runs")).toHaveLength(1);
  });

  it("begins anew if the source was in use since, and does nothing once it has ended", async () => {
    const to = await target();
    await to.begin(move);
    await importOne(to, "runs");
    expect(await to.begin({ ...move, moveId: "m2" })).toBe(true);
    expect(await exported(to, "runs")).toEqual([]);
    await importOne(to, "runs");
    await to.finish();
    expect(await to.begin({ ...move, moveId: "m2" })).toBe(false);
    await expect(to.begin(move)).rejects.toThrow(/holds runs or events already, jobs\.db was moved/);
  });

  it("does not disturb another one", async () => {
    const to = await target();
    await to.begin(move);
    await importOne(to, "runs");
    const other = to.begin({ moveId: "m3", source: "other.db" });
    await expect(other).rejects.toMatchObject({ code: "invalid_config" });
    await expect(other).rejects.toThrow(new RegExp(`jobs.db is being moved.*DROP SCHEMA ${staging()}`));
    expect(await exported(to, "runs")).toHaveLength(1);
  });

  it.each([
    ["runs", { newRuns: [rows.runs] }],
    ["events", { events: [rows.events] }],
  ])("to a database that has %s is refused, be it at the last moment", async (_what, changes) => {
    const to = await target();
    await to.begin(move);
    const store = await database.open();
    await store.commit(changes);
    await store.close();
    await expect(to.finish()).rejects.toMatchObject({ code: "invalid_config" });
    await expect(to.begin(move)).rejects.toMatchObject({ code: "invalid_config" });
    await expect(to.begin(move)).rejects.toThrow(/holds runs or events already; name an empty database/);
  });

  it("to a database on which a node runs is refused until that has ended", async () => {
    const to = await target();
    const store = await database.open({ leaseClock: "database" });
    const now = Date.now();
    await store.heartbeat({ owner: "n", now, until: now + 60_000 });
    await expect(to.begin(move)).rejects.toThrow(/a node is running on it/);
    await store.endSession({ owner: "n", now });
    await store.close();
    expect(await to.begin(move)).toBe(true);
    await to.finish();
  });
});

it("an address has no password", () => {
  expect(addressOf("postgres://me:secret@db/jobs?sslmode=require")).toBe("postgres://db:5432/jobs");
  expect(addressOf("postgresql://me@db:6432/jobs")).toBe("postgres://db:6432/jobs");
});
