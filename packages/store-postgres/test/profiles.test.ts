import { sharedStoreConformance, storeConformance } from "@stepfast-internal/store-testkit";
import { useDatabase } from "./database.ts";

/* PostgreSQL can do without what the profiles do without. */
for (const profile of ["citus", "yugabytedb", "cockroachdb"] as const) {
  const database = useDatabase(profile);
  storeConformance(`the ${profile} profile`, () => database.openFresh());
  sharedStoreConformance(`the ${profile} profile`, async () => {
    const { store } = await database.openFresh();
    return { here: store, there: await database.open() };
  });
}
