export { migratePostgres, type PostgresStoreOptions, openPostgresStore } from "./open.ts";
