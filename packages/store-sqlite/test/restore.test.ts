import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore, restoreSqlite } from "@stepfast/store-sqlite";
import { makeEvent, makeRun } from "@stepfast-internal/store-testkit";
import { expect, it } from "vitest";
import { backupSqlite } from "../src/backup.ts";
import { openDatabase } from "../src/driver.ts";
import { makeFolder } from "./open-store.ts";

/** A backup that holds a run, in a folder of its own. */
async function backedUp(): Promise<{ folder: string; backup: string; database: string }> {
  const folder = makeFolder();
  const store = await openSqliteStore({ path: join(folder, "jobs.db") });
  const newRuns = Array.from({ length: 500 }, (_, no) => makeRun({ id: `r${no}`, eventId: "e0" }));
  await store.commit({ events: [makeEvent({ id: "e0" })], newRuns });
  const backup = join(folder, "backup.db");
  backupSqlite({ from: join(folder, "jobs.db"), to: backup });
  await store.close();
  return { folder, backup, database: join(folder, "restored", "jobs.db") };
}

async function runsIn(path: string): Promise<number> {
  const store = await openSqliteStore({ path });
  const runs = await store.listRuns({ limit: 400 });
  await store.close();
  return runs.length;
}

it("makes a database where there was none, and of one that is empty", async () => {
  const { backup, database } = await backedUp();
  restoreSqlite({ from: backup, to: database });
  expect(await runsIn(database)).toBe(400);
  const empty = join(makeFolder(), "empty.db");
  await (await openSqliteStore({ path: empty })).close();
  restoreSqlite({ from: backup, to: empty });
  expect(await runsIn(empty)).toBe(400);
  const nothing = join(makeFolder(), "nothing.db");
  writeFileSync(nothing, "");
  restoreSqlite({ from: backup, to: nothing });
  expect(await runsIn(nothing)).toBe(400);
  expect(existsSync(`${empty}.partial`)).toBe(false);
});

it("takes no log that is left for its own", async () => {
  const { backup, database } = await backedUp();
  const store = await openSqliteStore({ path: database });
  const log = readFileSync(`${database}-wal`);
  await store.close();
  writeFileSync(`${database}-wal`, log);
  restoreSqlite({ from: backup, to: database });
  expect(readdirSync(join(database, "..")).sort()).toEqual(["jobs.db", "jobs.db.lock"]);
  expect(await runsIn(database)).toBe(400);
});

it("overwrites nothing, and nothing that is in use", async () => {
  const { folder, backup } = await backedUp();
  const path = join(folder, "jobs.db");
  expect(() => restoreSqlite({ from: backup, to: path })).toThrow("holds runs or events");
  const fresh = join(folder, "fresh.db");
  const store = await openSqliteStore({ path: fresh });
  expect(() => restoreSqlite({ from: backup, to: fresh })).toThrow("is open in another process");
  await store.close();
  const other = join(folder, "other.txt");
  writeFileSync(other, "mine");
  expect(() => restoreSqlite({ from: backup, to: other })).toThrow("is not a Stepfast database");
  expect(readFileSync(other, "utf8")).toBe("mine");
});

it("refuses what is no good backup, before anything is touched", async () => {
  const { folder, backup, database } = await backedUp();
  const refusal = (from: string) => {
    try {
      restoreSqlite({ from, to: database });
    } catch (error) {
      return `${(error as { code: string }).code}: ${(error as Error).message}`;
    }
    return "none";
  };
  expect(refusal(join(folder, "none.db"))).toMatch(/^invalid_config: There is no backup/);
  writeFileSync(join(folder, "text"), "not a database".repeat(100));
  expect(refusal(join(folder, "text"))).toMatch(/not a Stepfast database/);
  const damaged = readFileSync(backup);
  damaged.fill(0xab, 8_192, 12_288);
  writeFileSync(join(folder, "damaged.db"), damaged);
  expect(refusal(join(folder, "damaged.db"))).toMatch(/^invalid_config: .*is damaged/);
  writeFileSync(join(folder, "short.db"), readFileSync(backup).subarray(0, 20_000));
  expect(refusal(join(folder, "short.db"))).toMatch(/^invalid_config: .*is damaged/);
  const db = openDatabase(backup);
  db.exec("PRAGMA user_version = 9999");
  db.close();
  expect(refusal(backup)).toMatch(/^schema_too_new: .*9999/);
  expect(existsSync(database)).toBe(false);
});
