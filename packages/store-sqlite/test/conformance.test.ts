import { storeConformance } from "@stepfast-internal/store-testkit";
import { openFresh } from "./open-store.ts";

storeConformance("the SQLite store", openFresh);
