import { sharedStoreConformance, storeConformance } from "@stepfast-internal/store-testkit";
import { bouncerProgram, PgBouncer } from "@stepfast-internal/store-testkit/postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nameOf } from "../src/connection/pipeline.ts";
import { useDatabase } from "./database.ts";

/* A real PgBouncer in transaction mode, with as few connections to PostgreSQL as make stores share them. */

function suites(): void {
  const database = useDatabase();
  let bouncer: PgBouncer;
  beforeAll(async () => {
    bouncer = await PgBouncer.start(database.url, { default_pool_size: "3" });
  }, 60_000);
  afterAll(() => bouncer?.stop());

  const pooled = () => ({ url: bouncer.url, hints: false });

  // A minute and more: `STEPFAST_POOLER=1` asks for it.
  if (process.env.STEPFAST_POOLER)
    storeConformance("the PostgreSQL store", () => database.openFresh(pooled()));

  const nodes = async () => {
    const { store } = await database.openFresh(pooled());
    return { here: store, there: await database.open(pooled()) };
  };
  test("a node starts on a connection where another one has prepared its statements", async () => {
    const { store } = await database.openFresh();
    const single = await PgBouncer.start(database.url, { default_pool_size: "1" });
    const other = new pg.Client({ connectionString: single.url });
    await other.connect();
    const text = "SELECT to_regclass($1::text)::text";
    await other.query({ name: nameOf(text), text, values: ["x"] });
    const node = await database.open({ url: single.url, hints: false });
    expect(await node.getRun("none")).toBeNull();
    await Promise.all([node.close(), store.close(), other.end()]);
    await single.stop();
  });

  // Nobody hears of anything there: nodes look.
  sharedStoreConformance("the PostgreSQL store", nodes, { hasHints: false });
}

if (bouncerProgram() !== undefined) describe("behind PgBouncer", suites);
else {
  test("behind PgBouncer nothing is tried: no program `pgbouncer` is on the PATH", () =>
    expect(bouncerProgram()).toBeUndefined());
}
