import type { RunFilter } from "@stepfast/store";
import { makeRun } from "@stepfast-internal/store-testkit";
import pg from "pg";
import { expect, it } from "vitest";
import { tuningFor } from "../src/connection/tuning.ts";
import { runQuery } from "../src/reader/filters.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();

it("lists that take long leave connections to what steps need", async () => {
  const { store } = await database.openFresh({ maxConnections: 6 });
  await store.commit({ newRuns: [makeRun({ id: "r1" })] });
  const blocking = new pg.Client({ connectionString: database.url });
  await blocking.connect();
  await blocking.query(`BEGIN; LOCK TABLE ${database.schema}.events IN ACCESS EXCLUSIVE MODE`);
  let answered = 0;
  const lists = Array.from({ length: 12 }, () =>
    store.listEvents({}).then(
      () => answered++,
      () => answered++,
    ),
  );
  expect(await store.getRun("r1")).toMatchObject({ id: "r1" });
  expect(await store.findWaits({ name: "paid", keys: [""], now: 1 })).toMatchObject({ waits: [] });
  expect(await store.commit({ newRuns: [makeRun({ id: "r2" })] })).toEqual({ ok: true });
  expect(answered).toBe(0);
  await blocking.query("ROLLBACK");
  await blocking.end();
  await Promise.all(lists);
  expect(answered).toBe(12);
  await store.close();
});

it("reads a page of a function's runs by index, however little the planner knows of the table", async () => {
  const { store } = await database.openFresh();
  await database.sql(`INSERT INTO {schema}.runs (id, function_id, app_id, status, origin, event_id, queued_at, attempt,
      request_version, epoch) SELECT 'r' || i, 'shop-nap', 'shop', 'running', 'event', 'e' || i, i, 0, 2, 1
    FROM generate_series(10001, 40000) i`);
  const asked: RunFilter = { functionIds: ["shop-nap"], status: ["queued", "running"], until: 99_999 };
  const filter: RunFilter = { ...asked, order: "asc", cursor: "r10500", limit: 50 };
  expect((await store.listRuns(filter)).map(({ id }) => id).slice(0, 2)).toEqual(["r10501", "r10502"]);
  const { startupOptions } = tuningFor({ isPostgres: true, isolation: "READ COMMITTED" });
  const client = new pg.Client({ connectionString: database.url, options: startupOptions });
  await client.connect();
  const { text, values } = runQuery(database.schema, filter);
  await client.query(`PREPARE page AS ${text}`);
  // One plan for all values.
  const { rows } = await client.query(
    `EXPLAIN EXECUTE page (${(values ?? []).map(() => "NULL").join(", ")})`,
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("Index Scan");
  expect(plan).not.toMatch(/Sort|Bitmap|Seq Scan/);
  await client.end();
  await store.close();
});
