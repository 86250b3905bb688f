import { readdirSync, readFileSync } from "node:fs";
import { StepfastError } from "@stepfast/protocol";
import { type Database, getRow, prepare } from "./driver.ts";

const folder = new URL("../migrations/", import.meta.url);

export interface Migration {
  version: number;
  file: string;
}

/** The numbered files of `migrations/`, in order: `0001_name.sql` makes version 1. */
export function listMigrations(): Migration[] {
  const files = readdirSync(folder).filter((file) => /^\d{4}_\w+\.sql$/.test(file));
  return files.sort().map((file) => ({ file, version: Number(file.slice(0, 4)) }));
}

/**
 * Brings the database to the newest version in one transaction. Throws `schema_too_new` for a database that a later
 * release wrote.
 */
export function migrate(db: Database): void {
  const { current, newest, migrations } = knownSchema(db);
  const pending = migrations.filter(({ version }) => version > current);
  if (pending.length === 0) return;
  db.exec("BEGIN IMMEDIATE");
  for (const { file } of pending) db.exec(readFileSync(new URL(file, folder), "utf8"));
  db.exec(`PRAGMA user_version = ${newest}; COMMIT`);
}

/** How old the schema is. Throws `schema_too_new` for a database that a later release wrote. */
export function knownSchema(db: Database): { current: number; newest: number; migrations: Migration[] } {
  const current = Number(getRow(prepare(db, "PRAGMA user_version"))?.[0] ?? 0);
  const migrations = listMigrations();
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) throw tooNew(current, newest);
  return { current, newest, migrations };
}

function tooNew(current: number, newest: number): StepfastError {
  return new StepfastError(
    "schema_too_new",
    `The database has schema version ${current}, this release knows ${newest}: run the release that wrote it, or a later one.`,
  );
}
