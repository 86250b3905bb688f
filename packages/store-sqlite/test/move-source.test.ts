import { join } from "node:path";
import {
  type MoveSource,
  referenceTo,
  type StoredRows,
  type StoredTable,
  storedTables,
} from "@stepfast/store";
import { openSqliteSource, openSqliteStore } from "@stepfast/store-sqlite";
import {
  makeApp,
  makeEvent,
  makeFunction,
  makeGate,
  makeOwnedRun,
  makeRun,
  makeStep,
  makeWait,
} from "@stepfast-internal/store-testkit";
import { afterEach, describe, expect, it } from "vitest";
import { makeFolder, openFresh } from "./open-store.ts";

const address = "postgres://db:5432/jobs";
const open: MoveSource[] = [];

async function source(path: string, more: object = {}): Promise<MoveSource> {
  const opened = await openSqliteSource({ path, address, ...more });
  open.push(opened);
  return opened;
}

afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close();
});

async function closeLast(): Promise<void> {
  await open.pop()?.close();
}

async function rowsOf<T extends StoredTable>(
  from: MoveSource,
  table: T,
  after: string | null = null,
): Promise<StoredRows[T][]> {
  const rows: StoredRows[T][] = [];
  for await (const page of from.exportRows(table, after)) rows.push(...page.rows);
  return rows;
}

describe("a source", () => {
  it("shows what the store was given, in order of arrival, runs without owner", async () => {
    const { store, path } = await openFresh();
    const run = makeOwnedRun({ id: "r2", owner: "n", epoch: 7 });
    const output = JSON.stringify("ü".repeat(2_000_000));
    const steps = [makeStep({ runId: "r2", stepId: "s", no: 0, output })];
    const wait = makeWait({ runId: "r2", stepId: "w", name: "go", path: "data.id", key: "data.id=1" });
    await store.commit({ events: [makeEvent({ id: "e" })], newRuns: [run], steps, newWaits: [wait] });
    const parked = makeRun({
      id: "r1",
      rank: 2.5,
      flow: "{}",
      gate: "g",
      originalRunId: "r0",
      fork: '{"of":"r0"}',
    });
    const gates = [makeGate({ id: "g", dueAt: 7 }), makeGate({ id: "h", functionId: null })];
    await store.commit({ newRuns: [parked], gates });
    const functions = [makeFunction({ id: "shop-a" })];
    await store.putApp({ app: makeApp({ id: "shop" }), functions, now: 1_000 });
    await store.setFunction({ id: "shop-a", paused: "{}", overrides: "[]" });
    const document = { kind: "webhook", id: "w", body: "{}" };
    await store.putDocument({ ...document, version: 0, now: 5 });
    await store.close();
    const from = await source(path);
    expect(await rowsOf(from, "documents")).toEqual([
      { ...document, version: 1, createdAt: 5, updatedAt: 5 },
    ]);
    const freed = { owner: null, wakeAt: 0, epoch: 7, blocked: null };
    expect(await rowsOf(from, "runs")).toEqual([{ ...run, ...freed }, parked]);
    expect(await rowsOf(from, "gates")).toEqual(gates);
    expect(await rowsOf(from, "functions")).toEqual([{ ...functions[0], paused: "{}", overrides: "[]" }]);
    expect(await rowsOf(from, "steps")).toEqual([{ ...steps[0], output: referenceTo(output) }]);
    const parts = await rowsOf(from, "largeValues");
    expect(parts.map(({ value }) => value).join("") === output).toBe(true);
    const places = parts.map(({ home, place, part }) => [home, place, part]);
    expect(places).toEqual([
      ["r2", "step:0", 0],
      ["r2", "step:0", 1],
    ]);
    expect(await rowsOf(from, "waits")).toEqual([wait]);
    expect(await rowsOf(from, "waitPaths")).toEqual([{ name: "go", path: "data.id" }]);
    expect(await rowsOf(from, "events")).toEqual([makeEvent({ id: "e" })]);
    const counts = await Promise.all(storedTables.map((table) => from.count(table)));
    expect(Object.fromEntries(storedTables.map((table, i) => [table, counts[i]]))).toMatchObject({
      runs: 2,
      steps: 1,
      waits: 1,
      waitPaths: 1,
      apps: 1,
      gates: 2,
    });
  });

  it("gives keys as they were claimed", async () => {
    const { store, path } = await openFresh();
    const odd = ['"quoted', "a\0b", "\ud800", "😀", "plain", "x".repeat(600)];
    const keys = odd.map((key) => ({ scope: "event", key, value: "e", createdAt: 1, expiresAt: 2e12 }));
    for (const key of keys) await store.commit({ keys: [key] });
    await store.close();
    const found = await rowsOf(await source(path), "keys");
    expect(found.map(({ key }) => key).sort()).toEqual([...odd].sort());
  });

  it("goes on from any page", async () => {
    const { store, path } = await openFresh();
    const ids = Array.from({ length: 7 }, (_, i) => `k${i}`);
    const keys = ids.map((key) => ({ scope: "event", key, value: key, createdAt: 1, expiresAt: 2e12 }));
    await store.commit({ keys, newRuns: ids.map((id) => makeRun({ id })) });
    await store.close();
    for (const more of [{ pageRows: 2 }, { pageBytes: 1 }]) {
      const from = await source(path, more);
      for (const table of ["keys", "runs"] as const) {
        const all = await rowsOf(from, table);
        expect(all).toHaveLength(7);
        let read = 0;
        for await (const page of from.exportRows(table, null)) {
          expect(page.rows.length).toBeLessThanOrEqual(2);
          read += page.rows.length;
          expect(await rowsOf(from, table, page.cursor)).toEqual(all.slice(read));
        }
        expect(read).toBe(7);
      }
      await closeLast();
    }
  });

  it("is locked, and only there if it exists", async () => {
    const { store, path } = await openFresh();
    await expect(source(path)).rejects.toMatchObject({ code: "store_locked" });
    await store.close();
    await source(path);
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: "store_locked" });
    const none = join(makeFolder(), "none.db");
    await expect(source(none)).rejects.toMatchObject({ code: "invalid_config" });
  });
});

describe("a move", () => {
  it("is the same until the file was in use", async () => {
    const { store, path } = await openFresh();
    await store.close();
    const { moveId } = await source(path);
    await closeLast();
    expect((await source(path)).moveId).toBe(moveId);
    await closeLast();
    await (await openSqliteStore({ path })).close();
    const anew = await source(path);
    expect(anew.moveId).not.toBe(moveId);
    expect(anew.stage).toBe("copying");
  });

  it.each([
    ["finishing", /may be in use there: run the same/],
    ["done", /was moved to postgres:\/\/db:5432\/jobs/],
  ] as const)("that is %s closes the file to nodes, and to moves to elsewhere", async (stage, message) => {
    const { store, path } = await openFresh();
    await store.close();
    await (await source(path)).mark(stage);
    await closeLast();
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: "store_moved" });
    await expect(openSqliteStore({ path })).rejects.toThrow(message);
    await expect(source(path, { address: "postgres://x/y" })).rejects.toMatchObject({ code: "store_moved" });
    expect((await source(path)).stage).toBe(stage);
  });

  it("that is forgotten leaves a file like any other", async () => {
    const { store, path } = await openFresh();
    await store.commit({ newRuns: [makeRun({ id: "r" })] });
    await store.close();
    const from = await source(path);
    await from.mark("finishing");
    await from.release();
    await closeLast();
    const again = await openSqliteStore({ path });
    expect(await again.getRun("r")).toEqual(makeRun({ id: "r" }));
    await again.close();
  });
});
