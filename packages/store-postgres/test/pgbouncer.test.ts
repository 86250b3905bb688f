import { sharedStoreConformance, storeConformance } from "@stepfast-internal/store-testkit";
import { bouncerProgram, PgBouncer } from "@stepfast-internal/store-testkit/postgres";
import { afterAll, beforeAll, describe } from "vitest";
import { useDatabase } from "./database.ts";

/* A real PgBouncer in transaction mode, with as few connections to PostgreSQL as make stores share them. */

const isInstalled = bouncerProgram() !== undefined;
const why = isInstalled ? "" : " (skipped: no program `pgbouncer` is on the PATH)";

describe.skipIf(!isInstalled)(`behind PgBouncer${why}`, () => {
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

  sharedStoreConformance("the PostgreSQL store", async () => {
    const { store } = await database.openFresh(pooled());
    return { here: store, there: await database.open(pooled()) };
  });
});
