import { readdirSync, readFileSync } from "node:fs";
import { StepfastError } from "@stepfast/protocol";
import { type Database, getRow, prepare } from "./driver.ts";

/** Marks a file as a Stepfast database (`STPF`). */
const APPLICATION_ID = 0x53545046;

const folder = new URL("../migrations/", import.meta.url);

interface Migration {
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
 * release wrote, and `invalid_config` for one that is not Stepfast's.
 */
export function migrate(db: Database): void {
  const current = pragma(db, "user_version");
  const migrations = listMigrations();
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) throw tooNew(current, newest);
  if (current === 0) requireEmpty(db);
  const pending = migrations.filter(({ version }) => version > current);
  if (pending.length === 0) return requireOurs(db);
  db.exec("BEGIN IMMEDIATE");
  for (const { file } of pending) db.exec(readFileSync(new URL(file, folder), "utf8"));
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${newest}; COMMIT`);
}

function pragma(db: Database, name: string): number {
  return Number(getRow(prepare(db, `PRAGMA ${name}`))?.[0] ?? 0);
}

function requireEmpty(db: Database): void {
  if (getRow(prepare(db, "SELECT 1 FROM sqlite_schema LIMIT 1")) !== undefined) throw notOurs();
}

function requireOurs(db: Database): void {
  if (pragma(db, "application_id") !== APPLICATION_ID) throw notOurs();
}

function notOurs(): StepfastError {
  return new StepfastError(
    "invalid_config",
    "The database file holds something else than Stepfast's tables: name another file.",
  );
}

function tooNew(current: number, newest: number): StepfastError {
  return new StepfastError(
    "schema_too_new",
    `The database has schema version ${current}, this release knows ${newest}: run the release that wrote it, or a later one.`,
  );
}
