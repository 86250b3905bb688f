import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Store } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { makeRun, makeStep, snapshotOf } from "@stepfast-internal/store-testkit";
import { describe, expect, it } from "vitest";
import { type Database, getRow, openDatabase, prepare } from "../src/driver.ts";
import { encodeChangeSet } from "../src/encode.ts";
import { migrate } from "../src/migrate.ts";
import { runBatch } from "../src/writer/batch.ts";
import { WriterState } from "../src/writer/state.ts";
import { makeFolder, openFresh } from "./open-store.ts";

function openState(): { db: Database; state: WriterState } {
  const db = openDatabase(join(makeFolder(), "main.db"));
  migrate(db);
  return { db, state: new WriterState(db) };
}

const countRuns = (db: Database) => getRow(prepare(db, "SELECT count(*) FROM runs"))?.[0];

describe("a batch", () => {
  it("that does not fit on the disk is undone as a whole, and the next one goes on", () => {
    const { db, state } = openState();
    runBatch(state, [encodeChangeSet({ newRuns: [makeRun({ id: "r1" })] })]);
    const [pages = 0] = getRow(prepare(db, "PRAGMA page_count")) ?? [];
    db.exec(`PRAGMA max_page_count = ${Number(pages) + 20}`);
    const small = encodeChangeSet({ newRuns: [makeRun({ id: "r2" })] });
    const large = encodeChangeSet({ newRuns: [makeRun({ id: "r3", output: "x".repeat(1_000_000) })] });
    expect(() => runBatch(state, [small, large])).toThrow(/full/);
    expect(countRuns(db)).toBe(1);
    expect(runBatch(state, [small])).toEqual([null]);
    expect(countRuns(db)).toBe(2);
    db.close();
  });

  it("that had to be undone leaves nothing remembered", () => {
    const { db, state } = openState();
    const stray = encodeChangeSet({ newRuns: [makeRun({ id: "r1", owner: "a" })], runs: [{ id: "nobody" }] });
    const good = encodeChangeSet({ newRuns: [makeRun({ id: "r2", owner: "a" })] });
    const step = encodeChangeSet({ steps: [makeStep({ runId: "r1", no: 0 })] });
    const replies = runBatch(state, [good, stray, step]);
    expect(replies).toMatchObject([null, { error: "internal" }, { error: "internal" }]);
    expect(countRuns(db)).toBe(1);
    db.close();
  });
});

describe("a store whose files are deleted while it is open", () => {
  /** Commits until one is refused. Ids of those that were acknowledged, and why the last was not. */
  async function commitOn(store: Store): Promise<{ acked: string[]; refusal: unknown }> {
    const acked: string[] = [];
    for (let no = 1; no < 5; no++) {
      try {
        await store.commit({ newRuns: [makeRun({ id: `r${no}` })] });
        acked.push(`r${no}`);
      } catch (refusal) {
        return { acked, refusal };
      }
    }
    return { acked, refusal: null };
  }
  const gone = (name: RegExp) => ({ code: "store_unavailable", message: expect.stringMatching(name) });

  it("says so, and acknowledges nothing any more", async () => {
    const { store, path } = await openFresh();
    rmSync(dirname(path), { recursive: true });
    const { refusal } = await commitOn(store);
    expect(refusal).toMatchObject(gone(/main\.db was deleted/));
    await store.close();
  });

  it("has all that it acknowledged if only its log was", async () => {
    const { store, path } = await openFresh();
    await store.commit({ newRuns: [makeRun({ id: "r0" })] });
    rmSync(`${path}-wal`);
    const { acked, refusal } = await commitOn(store);
    expect(refusal).toMatchObject(gone(/main\.db-wal was deleted/));
    // As after a crash: the store is not closed first.
    const copy = join(makeFolder(), "copy.db");
    copyFileSync(path, copy);
    await store.close();
    const again = await openSqliteStore({ path: copy });
    expect((await again.listRuns({ order: "asc" })).map(({ id }) => id)).toEqual(["r0", ...acked]);
    await again.close();
  });
});

it("a database is opened also where there is no room to lay its log out", async () => {
  const path = join(makeFolder(), "main.db");
  const child = fileURLToPath(new URL("./failing-child.mjs", import.meta.url));
  // Less than the log would have.
  const script = `trap '' XFSZ; ulimit -f 3072; exec "${process.execPath}" "${child}" "${path}"`;
  const running = spawn("bash", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  for await (const line of createInterface(running.stdout)) lines.push(line);
  const acked = lines.filter((line) => line.startsWith("ok")).length;
  expect(acked).toBeGreaterThan(5);
  const store = await openSqliteStore({ path });
  expect((await store.listRuns({ limit: 400 })).length).toBe(acked);
  await store.close();
});

it("after an I/O error nothing is acknowledged any more; opening again finds all that was", {
  timeout: 60_000,
}, async () => {
  const path = join(makeFolder(), "main.db");
  const child = fileURLToPath(new URL("./failing-child.mjs", import.meta.url));
  // The shell ignores the signal that a file over the limit raises, so that writing fails instead.
  const script = `trap '' XFSZ; ulimit -f 12288; exec "${process.execPath}" "${child}" "${path}"`;
  const running = spawn("bash", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  const acked: string[] = [];
  const refused: string[] = [];
  for await (const line of createInterface(running.stdout)) {
    const [verdict = "", id = ""] = line.split(" ");
    if (verdict === "ok") acked.push(id);
    else refused.push(verdict);
  }
  if (running.exitCode === null) await once(running, "exit");
  expect(acked.length).toBeGreaterThan(10);
  expect(refused).toEqual(["store_unavailable", "store_unavailable", "store_unavailable"]);
  const store = await openSqliteStore({ path });
  const found = new Set((await snapshotOf(store)).runs.map(({ run }) => run.id));
  expect(acked.filter((id) => !found.has(id))).toEqual([]);
  await store.close();
});
