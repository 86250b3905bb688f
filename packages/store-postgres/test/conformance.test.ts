import { storeConformance } from "@stepfast-internal/store-testkit";
import { useDatabase } from "./database.ts";

const database = useDatabase();

storeConformance("the PostgreSQL store", () => database.openFresh());
