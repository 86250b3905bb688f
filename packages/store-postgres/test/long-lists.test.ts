import { makeRun } from "@stepfast-internal/store-testkit";
import pg from "pg";
import { expect, it } from "vitest";
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
