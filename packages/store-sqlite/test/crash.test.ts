import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { type Snapshot, snapshotOf } from "@stepfast-internal/store-testkit";
import { expect, it } from "vitest";
import { getRow, openDatabase, prepare } from "../src/driver.ts";
import { makeFolder } from "./open-store.ts";

const child = fileURLToPath(new URL("./crash-child.mjs", import.meta.url));
const KILLS = 12;

/** Runs the child until it has told of so many, kills it, and returns all it told of. */
async function runUntilKilled(path: string, first: number, acks: number): Promise<number[]> {
  const concurrency = 1 + (acks % 40);
  const args = [child, path, String(first), String(concurrency)];
  const running = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const acked: number[] = [];
  for await (const line of createInterface(running.stdout)) {
    const [, no] = /^ok (\d+)$/.exec(line) ?? [];
    if (no === undefined) throw new Error(`The child said: ${line}`);
    acked.push(Number(no));
    if (acked.length === acks) running.kill("SIGKILL");
  }
  if (running.exitCode === null && running.signalCode === null) await once(running, "exit");
  return acked;
}

/** Texts without the row that refers to them, and rows whose text is not there. */
function strays(path: string): number[] {
  const db = openDatabase(path, { readOnly: true });
  const count = (sql: string) => Number(getRow(prepare(db, sql))?.[0]);
  const refers = `SELECT r.id AS home, 'step:' || s.no AS place FROM steps s JOIN runs r USING (rid) WHERE s.output LIKE '@%'
    UNION ALL SELECT id, 'data' FROM events WHERE data LIKE '@%'`;
  const kept = "SELECT DISTINCT home, place FROM large_values";
  const found = [
    count(`SELECT count(*) FROM (${refers} EXCEPT ${kept})`),
    count(`SELECT count(*) FROM (${kept} EXCEPT SELECT * FROM (${refers}))`),
    count(`SELECT count(*) FROM (${kept})`),
  ];
  db.close();
  return found;
}

/** The numbers of the change-sets that are there. Throws if any is there in part. */
function present({ runs, events }: Snapshot): Set<number> {
  for (const { run, steps, messages, waits, events: own } of runs) {
    const parts = [steps.length, messages.length, waits.length, own.length, run.attempt];
    expect([run.id, parts]).toEqual([run.id, [3, 1, 1, 1, 7]]);
  }
  expect(runs.length).toBe(events.length);
  return new Set(runs.map(({ run }) => Number(run.id.slice(1))));
}

it(`survives SIGKILL: what was acknowledged is there, and nothing in part (${KILLS} kills)`, {
  timeout: 120_000,
}, async () => {
  const path = join(makeFolder(), "main.db");
  const acked: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const acks = 1 + Math.floor(Math.random() * 300);
    acked.push(...(await runUntilKilled(path, kill * 100_000, acks)));
  }
  const store = await openSqliteStore({ path });
  const found = present(await snapshotOf(store));
  await store.close();
  expect(acked.filter((no) => !found.has(no))).toEqual([]);
  expect(strays(path)).toEqual([0, 0, expect.toSatisfy((count: number) => count >= KILLS)]);
  expect(acked.length).toBeGreaterThanOrEqual(KILLS);
});
