export { addressOf, openPostgresTarget, type PostgresTargetOptions } from "./move/open.ts";
export { migratePostgres, openPostgresStore, type PostgresStoreOptions } from "./open.ts";
export type { DatabaseProfile } from "./profile.ts";
