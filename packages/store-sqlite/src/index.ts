export { type BackupOptions, backupSqlite } from "./backup.ts";
export { openSqliteSource, type SqliteSourceOptions } from "./move/source.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./open.ts";
export { type RestoreOptions, restoreSqlite } from "./restore.ts";
