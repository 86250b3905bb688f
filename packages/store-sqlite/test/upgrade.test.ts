import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRow } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { makeEvent, makeFunction, makeGate, makeRun, pruneAll } from "@stepfast-internal/store-testkit";
import { expect, it } from "vitest";
import { snakeCase } from "../src/columns.ts";
import { type Database, openDatabase, prepare, type SqlValue } from "../src/driver.ts";
import { listMigrations } from "../src/migrate.ts";
import { prepareFiles } from "../src/writer/database-file.ts";
import { makeFolder } from "./open-store.ts";

/** A database as the release with this version of the schema left it. */
function databaseOf(version: number): { path: string; db: Database } {
  const path = join(makeFolder(), "old.db");
  prepareFiles(path);
  const db = openDatabase(path);
  db.exec("PRAGMA journal_mode = WAL");
  for (const { file } of listMigrations().slice(0, version)) {
    db.exec(readFileSync(new URL(`../migrations/${file}`, import.meta.url), "utf8"));
  }
  db.exec(`PRAGMA user_version = ${version}`);
  return { path, db };
}

function insert(db: Database, table: string, row: object): void {
  const columns = Object.entries(row).map(([key]) => snakeCase(key));
  const marks = columns.map(() => "?").join(", ");
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`;
  prepare(db, sql).run(...(Object.values(row) as SqlValue[]));
}

/** A run as version 1 knew it. */
function firstRun(run: RunRow): Omit<RunRow, "rank" | "flow" | "gate" | "originalRunId" | "fork"> {
  const { rank, flow, gate, originalRunId, fork, ...others } = run;
  return others;
}

it("a file of version 1 becomes one of today, and loses nothing", async () => {
  const { path, db } = databaseOf(1);
  const live = makeRun({ id: "r1", queuedAt: 1_234.5, eventIds: '["e1","e2"]' });
  const ended = makeRun({
    id: "r2",
    status: "completed",
    queuedAt: 5,
    endedAt: 9,
    wakeAt: null,
    eventId: "e3",
  });
  for (const run of [live, ended]) insert(db, "runs", firstRun(run));
  for (const id of ["e1", "e2", "e3"]) insert(db, "events", makeEvent({ id }));
  const { paused, overrides, ...before } = makeFunction({ id: "shop-a" });
  insert(db, "functions", before);
  db.close();

  const store = await openSqliteStore({ path });
  expect(await store.getRun("r1")).toEqual({ ...live, rank: 1_234.5 });
  expect(await store.getRun("r2")).toEqual({ ...ended, rank: 0 });
  expect(await store.listFunctions()).toEqual([{ ...before, paused: null, overrides: null }]);
  expect(await store.setFunction({ id: "shop-a", paused: "{}" })).toBe(true);
  const gates = [makeGate({ id: "g1", dueAt: 3 })];
  expect(await store.commit({ gates, runs: [{ id: "r1", gate: "g1" }] })).toEqual({ ok: true });
  expect(await store.listParked({ gate: "g1", limit: 5 })).toMatchObject([{ id: "r1", rank: 1_234.5 }]);
  const all = { endedBefore: { completed: 9_000 }, eventsBefore: 9_000, limit: 10 };
  expect(await pruneAll(store, all)).toMatchObject({ runs: 1, events: 1 });
  expect((await store.loadRun("r1"))?.events.length).toBe(2);
  await store.close();
});
