import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, embed, moveDatabase, moveStore, type TableProgress } from "@stepfast/server";
import { type MoveTarget, storedTables } from "@stepfast/store";
import { addressOf, openPostgresStore, openPostgresTarget } from "@stepfast/store-postgres";
import { openSqliteSource, openSqliteStore } from "@stepfast/store-sqlite";
import { makeEvent } from "@stepfast-internal/store-testkit";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../http/patience.ts";
import { quiet } from "../http/quiet.ts";
import { Programs, recorded, starts, twoHoursLater } from "./programs.ts";

/** Machines that are busy with other things are slow. */
const PATIENCE_MS = 60_000;

let folder: string;
let db: string;
let databaseUrl: string;
let programs: Programs;
let eventIds: string[];
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "stepfast-move-"));
  db = join(folder, "jobs.db");
  programs = new Programs();
  const server = await PostgresServer.start();
  cleanUps.push(() => server.destroy());
  databaseUrl = server.url;
  eventIds = await startAll();
}, 60_000);
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

/** Every run as far as it comes on SQLite: it has ended, or waits for something that has not come. */
async function startAll(): Promise<string[]> {
  const { client, functions } = programs.deploy();
  const app = await embed({ client, functions, db, log: quiet });
  try {
    const { ids } = await client.send(starts);
    await until(
      "the runs to stand still",
      () => app.store.listRuns({ limit: 100 }),
      (runs) => {
        const isStill = runs.every(({ endedAt, owner, startedAt, functionId }) => {
          if (functionId === "shop-later") return startedAt === null;
          return endedAt !== null || (owner === null && startedAt !== null);
        });
        // One more is the child.
        return isStill && runs.length === starts.length + 1;
      },
      PATIENCE_MS,
    );
    return ids;
  } finally {
    await app.close();
  }
}

async function openOnPostgres(): Promise<Embedded> {
  const store = await openPostgresStore({ url: databaseUrl });
  cleanUps.push(() => store.close());
  const { client, functions } = programs.deploy();
  const app = await embed({ client, functions, store, log: quiet, clock: twoHoursLater });
  cleanUps.push(() => app.close({ drainMs: 0 }));
  return app;
}

async function outcomesOf(app: Embedded): Promise<[string, unknown][]> {
  const outcomes: [string, unknown][] = [];
  for (const eventId of eventIds) {
    const [run] = await app.store.listRuns({ eventId });
    outcomes.push([run?.status ?? "", JSON.parse(run?.output ?? "null")]);
  }
  return outcomes;
}

/** What the runs still wait for comes, and each ends as it would have without the move. */
async function everythingEnds(): Promise<void> {
  const app = await openOnPostgres();
  await app.engine.send([
    { name: "paid", data: { id: 7, amount: 3 } },
    { name: "paid", data: { id: 8, amount: 4 } },
    { name: "void", data: { id: 7 } },
  ]);
  await app.engine.sendSignal({ signal: "sign", data: "signed" });
  const all = () => app.store.listRuns({ limit: 100 });
  // Two more are the child and the deferred one.
  await until(
    "the ends",
    all,
    (runs) => {
      return runs.length === starts.length + 2 && runs.every(({ endedAt }) => endedAt !== null);
    },
    PATIENCE_MS,
  );
  expect(await outcomesOf(app)).toEqual([
    ["completed", "done a"],
    ["failed", expect.objectContaining({ message: "no" })],
    ["completed", ["sleeping before", "sleeping after"]],
    ["completed", "waiting first got 3"],
    ["completed", "waiting second got 3"],
    ["completed", "waiting other got 4"],
    ["completed", null],
    ["completed", "signed"],
    ["completed", "grown"],
    ["completed", "kept"],
    ["completed", "at last"],
    ["completed", 1],
    ["completed", "later a"],
    ["cancelled", expect.anything()],
  ]);
  expect([...programs.ledger.lines].sort()).toEqual([...recorded].sort());
}

test("runs of every kind go on where they were moved to, and no recorded step runs again", async () => {
  const seen: TableProgress[] = [];
  const { outcome, address } = await moveDatabase({ db, databaseUrl, onProgress: (at) => seen.push(at) });
  expect(outcome).toBe("moved");
  expect(address).toBe(addressOf(databaseUrl));
  for (const table of storedTables) {
    const last = seen.filter((progress) => progress.table === table).at(-1);
    expect(last?.rows).toBe(last?.total);
  }
  expect(seen.filter(({ table, rows }) => table === "waits" && rows > 0)).toMatchObject([{ rows: 6 }]);
  await everythingEnds();
});

test("the file tells where it was moved to, and a second move does nothing", async () => {
  await moveDatabase({ db, databaseUrl });
  const opening = embed({ ...programs.deploy(), db, log: quiet });
  await expect(opening).rejects.toMatchObject({ code: "store_moved" });
  await expect(openSqliteStore({ path: db })).rejects.toThrow(addressOf(databaseUrl));
  expect((await moveDatabase({ db, databaseUrl })).outcome).toBe("before");
  const elsewhere = moveDatabase({ db, databaseUrl: "postgres://elsewhere/jobs" });
  await expect(elsewhere).rejects.toMatchObject({ code: "store_moved" });
  await everythingEnds();
  expect((await moveDatabase({ db, databaseUrl })).outcome).toBe("before");
});

test("a file that is kept is usable, and is not moved to the same place again", async () => {
  await moveDatabase({ db, databaseUrl, keep: true });
  const store = await openSqliteStore({ path: db });
  expect((await store.listRuns({ limit: 100 })).length).toBe(starts.length + 1);
  await store.close();
  const again = moveDatabase({ db, databaseUrl });
  await expect(again).rejects.toThrow(/jobs\.db was moved to it before/);
  await expect(again).rejects.toMatchObject({ code: "invalid_config" });
  await everythingEnds();
});

test("a file that a node has open is not moved", async () => {
  const store = await openSqliteStore({ path: db });
  await expect(moveDatabase({ db, databaseUrl })).rejects.toMatchObject({ code: "store_locked" });
  await store.close();
});

class Killed extends Error {}

type Wrap = (target: MoveTarget) => Partial<MoveTarget>;

/** Every call goes through, but for those that are replaced. */
function wrapped(target: MoveTarget, wrap: Wrap): MoveTarget {
  return {
    begin: (move) => target.begin(move),
    progress: (table) => target.progress(table),
    asStored: (table, row) => target.asStored(table, row),
    exportRows: (table) => target.exportRows(table),
    importRows: (table, page, after) => target.importRows(table, page, after),
    finish: () => target.finish(),
    close: () => target.close(),
    ...wrap(target),
  };
}

/** Ends the process, so to speak: when a page arrives, or at the end; before anything came of it, or after. */
function dies(when: "before" | "after"): Wrap {
  const die = async (work: () => Promise<void>) => {
    if (when === "after") await work();
    throw new Killed();
  };
  return (target) => ({
    importRows: (table, page, after) => die(() => target.importRows(table, page, after)),
    finish: () => die(() => target.finish()),
  });
}

/** One attempt in a process of its own. False: it was killed. */
async function attempt(wrap: Wrap = () => ({})): Promise<boolean> {
  const address = addressOf(databaseUrl);
  const source = await openSqliteSource({ path: db, address, pageRows: 3 });
  const target = await openPostgresTarget({ url: databaseUrl });
  try {
    await moveStore({ source, target: wrapped(target, wrap) });
    return true;
  } catch (error) {
    if (error instanceof Killed) return false;
    throw error;
  } finally {
    await target.close();
    await source.close();
  }
}

test("a move that is killed at every page, and at the end, goes on each time", async () => {
  let attempts = 0;
  // Before: nothing came of it. After: only the answer is missing. Each page, and the end, dies in both ways.
  for (let isMoved = false; !isMoved; attempts++)
    isMoved = await attempt(dies(attempts % 2 ? "after" : "before"));
  expect(attempts).toBeGreaterThan(40);
  await everythingEnds();
});

test("from the last moment of a move on, no node opens the file, whatever became of it", async () => {
  for (;;) {
    const source = await openSqliteSource({ path: db, address: addressOf(databaseUrl) });
    const { stage } = source;
    await source.close();
    if (stage === "finishing") break;
    await attempt(dies("after"));
  }
  await expect(openSqliteStore({ path: db })).rejects.toMatchObject({ code: "store_moved" });
  expect(await attempt()).toBe(true);
  await everythingEnds();
});

test("a file that was in use after a move was broken off is moved as it is then", async () => {
  for (let pages = 0; pages < 12; pages++) await attempt(dies("after"));
  const { client, functions } = programs.deploy();
  const app = await embed({ client, functions, db, log: quiet, clock: twoHoursLater });
  const isAsleep = async () =>
    (await app.store.listRuns({ functionIds: ["shop-sleeping"] }))[0]?.endedAt === null;
  await until("the sleeper's end", isAsleep, (asleep) => !asleep);
  await app.close();
  expect(programs.ledger.count("sleeping after")).toBe(1);
  expect(await attempt()).toBe(true);
  await everythingEnds();
});

test("what arrives changed is noticed: nothing is put in place, and the next attempt begins anew", async () => {
  const damages: Wrap = (target) => ({
    importRows(table, page, after) {
      const [first, ...rest] = page.rows;
      const damaged = first !== undefined && "output" in first ? { ...first, output: "other" } : first;
      return target.importRows(table, { ...page, rows: damaged ? [damaged, ...rest] : rest }, after);
    },
  });
  await expect(attempt(damages)).rejects.toThrow(/not what was sent: of runs/);
  const reorders: Wrap = (target) => ({
    importRows: (table, page, after) =>
      target.importRows(
        table,
        { ...page, rows: table === "waits" ? [...page.rows].reverse() : page.rows },
        after,
      ),
  });
  await expect(attempt(reorders)).rejects.toThrow(/not what was sent: of waits/);
  const store = await openPostgresStore({ url: databaseUrl });
  expect(await store.listRuns({})).toEqual([]);
  await store.close();
  expect(await attempt()).toBe(true);
  await everythingEnds();
});

test("a file stays usable if the database is refused at the last moment", async () => {
  const isLate: Wrap = (target) => ({
    async finish() {
      const store = await openPostgresStore({ url: databaseUrl });
      await store.commit({ events: [makeEvent({ id: "first" })] });
      await store.close();
      await target.finish();
    },
  });
  await expect(attempt(isLate)).rejects.toMatchObject({ code: "invalid_config" });
  await (await openSqliteStore({ path: db })).close();
});
