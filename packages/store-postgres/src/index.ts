export { migratePostgres, openPostgresStore, type PostgresStoreOptions } from "./open.ts";
