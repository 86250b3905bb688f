import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { makeOwnedRun, makeRun } from "@stepfast-internal/store-testkit";
import { describe, expect, it } from "vitest";
import { getRows, openDatabase, prepare } from "../src/driver.ts";
import { listMigrations, migrate } from "../src/migrate.ts";
import { makeFolder, openFresh } from "./open-store.ts";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));

describe("the schema", () => {
  it("is what the snapshot says: `STEPFAST_UPDATE_SCHEMA=1` writes it anew", () => {
    const db = openDatabase(join(makeFolder(), "main.db"));
    migrate(db);
    const rows = getRows(prepare(db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"));
    db.close();
    const schema = `${rows.map(([sql]) => `${sql};`).join("\n\n")}\n`;
    const snapshot = join(packageFolder, "schema.snapshot.sql");
    if (process.env.STEPFAST_UPDATE_SCHEMA === "1") writeFileSync(snapshot, schema);
    expect(schema).toBe(readFileSync(snapshot, "utf8"));
  });

  it("has migrations without a gap, and the package ships them", () => {
    const versions = listMigrations().map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, i) => i + 1));
    const { files } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
    expect(files).toContain("migrations");
  });

  it("of a later release is refused, and left alone", async () => {
    const { store, path } = await openFresh();
    await store.close();
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 9999");
    db.close();
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: "schema_too_new" });
    await expect(openSqliteStore({ path })).rejects.toThrow(/9999/);
  });

  it("of something else is refused", async () => {
    const path = join(makeFolder(), "other.db");
    const db = openDatabase(path);
    db.exec("CREATE TABLE theirs (a)");
    db.close();
    const before = readFileSync(path);
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: "invalid_config" });
    expect(readFileSync(path).equals(before)).toBe(true);
    const text = join(makeFolder(), "text.db");
    writeFileSync(text, "not a database ".repeat(1_000));
    await expect(openSqliteStore({ path: text })).rejects.toMatchObject({ code: "invalid_config" });
    expect(existsSync(`${path}-wal`) || existsSync(`${text}-wal`)).toBe(false);
  });
});

describe("opening", () => {
  it("makes the folders it needs, and says so if it cannot", async () => {
    const path = join(makeFolder(), "a", "b", "main.db");
    await (await openSqliteStore({ path })).close();
    expect(existsSync(path)).toBe(true);
    const inFile = join(path, "main.db");
    await expect(openSqliteStore({ path: inFile })).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("says so if the lock cannot be made", async () => {
    const path = join(makeFolder(), "main.db");
    mkdirSync(`${path}.lock`);
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(openSqliteStore({ path })).rejects.toThrow(/main\.db\.lock must be a file/);
  });

  it("a damaged database is refused with advice, and the lock is free again", async () => {
    const { store, path } = await openFresh();
    await store.commit({ newRuns: Array.from({ length: 2_000 }, (_, i) => makeRun({ id: `r${i}` })) });
    await store.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xab, 4_096));
    for (let i = 0; i < 2; i++) {
      const opening = openSqliteStore({ path });
      await expect(opening).rejects.toMatchObject({ code: "store_unavailable" });
      await expect(opening).rejects.toThrow(/main\.db cannot be opened: .*malformed; .*restore a backup/);
    }
  });

  it.each([
    ["a folder", (path: string) => mkdirSync(path)],
    ["a link that leads nowhere", (path: string) => symlinkSync(join(path, "..", "gone", "x.db"), path)],
  ])("says what must be where there is %s", async (_, put) => {
    const path = join(makeFolder(), "main.db");
    put(path);
    const refused = { code: "store_unavailable", message: expect.stringMatching(/may write/) };
    await expect(openSqliteStore({ path })).rejects.toMatchObject(refused);
  });

  it("a database that is open is refused, also by another name, until it is closed", async () => {
    const { store, path } = await openFresh();
    const link = join(makeFolder(), "link.db");
    symlinkSync(path, link);
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: "store_locked" });
    await expect(openSqliteStore({ path: link })).rejects.toMatchObject({ code: "store_locked" });
    expect(await store.commit({ newRuns: [makeRun({ id: "r1" })] })).toEqual({ ok: true });
    await store.close();
    const again = await openSqliteStore({ path: link });
    expect((await again.getRun("r1"))?.id).toBe("r1");
    await again.close();
  });

  it("a database that another process has open is refused; its SIGKILL frees it at once", async () => {
    const path = join(makeFolder(), "main.db");
    const holder = spawnHolder(path);
    await once(holder.stdout ?? holder, "data");
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: "store_locked" });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const store = await openSqliteStore({ path });
    expect((await store.listRuns({})).length).toBeGreaterThan(0);
    await store.close();
  });

  it("frees many owned runs at once", async () => {
    const { store, reopen } = await openFresh();
    const newRuns = Array.from({ length: 5_000 }, (_, i) =>
      makeOwnedRun({ id: `r${i}`, owner: i % 2 ? "a" : "b" }),
    );
    await store.commit({ newRuns });
    const again = await reopen();
    expect((await again.claim({ owner: "c", now: 0, limit: 10_000 })).length).toBe(5_000);
    await again.close();
  });

  it("closing leaves one file that holds everything", async () => {
    const { store, path } = await openFresh();
    await store.commit({ newRuns: [makeRun({ id: "r1" })] });
    await store.close();
    expect(existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0).toBe(0);
    const copy = join(makeFolder(), "copy.db");
    copyFileSync(path, copy);
    const copied = await openSqliteStore({ path: copy });
    expect((await copied.getRun("r1"))?.id).toBe("r1");
    await copied.close();
  });
});

/** A process that has the store open and says so with each commit. */
function spawnHolder(path: string): ChildProcess {
  const child = fileURLToPath(new URL("./crash-child.mjs", import.meta.url));
  return spawn(process.execPath, [child, path], { stdio: ["ignore", "pipe", "inherit"] });
}
