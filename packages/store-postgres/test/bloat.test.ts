import type { Store } from "@stepfast/store";
import {
  makeAttempt,
  makeEvent,
  makeMessage,
  makeOwnedRun,
  makeStep,
  makeWait,
  pruneAll,
} from "@stepfast-internal/store-testkit";
import { expect, it } from "vitest";
import { useDatabase } from "./database.ts";

/*
 * Tables do not grow where as much is pruned as is written. `STEPFAST_BLOAT_RUNS=20000` makes periods of as many runs, and
 * leaves the vacuuming to autovacuum.
 */

const RUNS = Number(process.env.STEPFAST_BLOAT_RUNS ?? 120);
const isLong = process.env.STEPFAST_BLOAT_RUNS !== undefined;
const PERIODS = isLong ? 12 : 7;
/** What is ended stays for so many periods. */
const KEPT = 2;
/** By then everything has been written and pruned, and what is free is used again. */
const WARM = KEPT + 2;
const STEPS = 5;
const PERIOD_MS = 1_000_000;
const tables = ["runs", "steps", "attempts", "events", "messages", "waits"];

const database = useDatabase();

/** As a run lives: made, it waits and is woken, each step is a commit, then it ends. */
async function live(store: Store, id: string, at: number): Promise<void> {
  const eventId = `${id}e`;
  const lease = { kind: "lease", runId: id, owner: "a", epoch: 1 } as const;
  const run = makeOwnedRun({ id, owner: "a", eventId, queuedAt: at });
  await store.commit({ events: [makeEvent({ id: eventId, receivedAt: at })], newRuns: [run] });
  for (let no = 0; no < STEPS; no++) {
    const step = makeStep({ runId: id, no, stepId: `s${no}`, userId: `step ${no}` });
    await store.commit({ guards: [lease], steps: [step], runs: [{ id, attempt: 0 }] });
  }
  const wait = makeWait({ runId: id, stepId: "w", createdAt: at });
  await store.commit({ guards: [lease], newWaits: [wait], attempts: [makeAttempt({ runId: id })] });
  const message = makeMessage({ id: `${id}m`, runId: id });
  await store.commit({ closedWaits: [{ runId: id, stepId: "w" }], messages: [message] });
  const end = { id, status: "completed", output: '"done"', owner: null, endedAt: at } as const;
  await store.commit({ guards: [lease], consumed: [{ runId: id, id: message.id }], runs: [end] });
}

async function sizes(): Promise<Record<string, number>> {
  const list = tables.map((table) => `('${table}', pg_total_relation_size('{schema}.${table}'))`);
  const rows = await database.sql(`SELECT * FROM (VALUES ${list.join(", ")}) AS t (name, bytes)`);
  return Object.fromEntries(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
}

async function period(store: Store, no: number): Promise<void> {
  const at = no * PERIOD_MS;
  const ids = Array.from(
    { length: RUNS },
    (_, i) => `${String(no).padStart(4, "0")}-${String(i).padStart(8, "0")}`,
  );
  const queue = [...ids];
  const worker = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) await live(store, id, at + 1);
  };
  await Promise.all(Array.from({ length: 100 }, worker));
  const before = at - (KEPT - 1) * PERIOD_MS;
  await pruneAll(store, { endedBefore: { completed: before }, eventsBefore: before, limit: 500 });
  // What autovacuum does by itself once enough is dead.
  if (!isLong) await database.sql("VACUUM (ANALYZE)");
}

it(
  "tables do not grow where as much is pruned as is written",
  async () => {
    const { store } = await database.openFresh();
    const history: Record<string, number>[] = [];
    for (let no = 1; no <= PERIODS; no++) {
      await period(store, no);
      history.push(await sizes());
    }
    const [kept] = await database.sql("SELECT count(*)::int AS runs FROM {schema}.runs");
    expect(kept?.runs).toBe(KEPT * RUNS);
    if (isLong) for (const row of history) console.log(JSON.stringify(row));
    const warm = history[WARM - 1] ?? {};
    const last = history.at(-1) ?? {};
    for (const table of tables)
      expect(last[table], table).toBeLessThanOrEqual((warm[table] ?? 0) * 1.25 + 65_536);
    await store.close();
  },
  isLong ? 3_600_000 : 120_000,
);
