import { sharedStoreConformance, storeConformance } from "@stepfast-internal/store-testkit";
import { bouncerProgram, PgBouncer } from "@stepfast-internal/store-testkit/postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  // Nobody hears of anything there: nodes look.
  sharedStoreConformance("the PostgreSQL store", nodes, { hasHints: false });
}

if (bouncerProgram() !== undefined) describe("behind PgBouncer", suites);
else {
  test("behind PgBouncer nothing is tried: no program `pgbouncer` is on the PATH", () =>
    expect(bouncerProgram()).toBeUndefined());
}
