import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { makeEvent, makeRun } from "@stepfast-internal/store-testkit";
import { expect, it } from "vitest";
import { backupSqlite } from "../src/backup.ts";
import { makeFolder } from "./open-store.ts";

it("copies a database that is being written to, as it is at one moment", async () => {
  const folder = makeFolder();
  const path = join(folder, "jobs.db");
  const store = await openSqliteStore({ path });
  await store.commit({ events: [makeEvent({ id: "e0" })], newRuns: [makeRun({ id: "r0", eventId: "e0" })] });
  const writes = Array.from({ length: 200 }, (_, no) =>
    store.commit({ newRuns: [makeRun({ id: `w${String(no).padStart(3, "0")}`, eventId: "e0" })] }),
  );
  const to = join(folder, "copy.db");
  backupSqlite({ from: path, to });
  await Promise.all(writes);
  await store.commit({ newRuns: [makeRun({ id: "late", eventId: "e0" })] });
  await store.close();

  const copy = await openSqliteStore({ path: to });
  expect(await copy.getRun("r0")).toMatchObject({ id: "r0" });
  expect(await copy.getRun("late")).toBeNull();
  const runs = await copy.listRuns({ order: "asc", limit: 400 });
  const written = runs.map((run) => run.id).filter((id) => id.startsWith("w"));
  expect(written).toEqual(written.map((_, no) => `w${String(no).padStart(3, "0")}`));
  expect(existsSync(`${to}.partial`)).toBe(false);
  await copy.close();
});

it("touches nothing that is there already, and tells what cannot be copied", () => {
  const folder = makeFolder();
  const taken = join(folder, "taken");
  writeFileSync(taken, "mine");
  expect(() => backupSqlite({ from: join(folder, "none.db"), to: join(folder, "x") })).toThrow(
    "There is no database",
  );
  expect(() => backupSqlite({ from: taken, to: taken })).toThrow("is there already");
  expect(() => backupSqlite({ from: taken, to: join(folder, "x") })).toThrow("cannot be copied");
  expect(existsSync(join(folder, "x.partial"))).toBe(false);
});
