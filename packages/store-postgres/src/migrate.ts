import { StepfastError } from "@stepfast/protocol";
import type { Connection, Connections } from "./connection/connections.ts";
import { failureKind, reasonOf } from "./connection/failure.ts";
import { migrations } from "./schema/migrations.ts";

const MAX_ATTEMPTS = 10;
const PAUSE_MS = 20;

/**
 * Brings the schema to the newest version in one transaction. Nodes that start at once wait for each other. Throws
 * `schema_too_new` for one that a later release wrote.
 */
export async function migrate(connections: Connections, schema: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connections.use((connection) => migrateOnce(connection, schema));
    } catch (error) {
      if (StepfastError.is(error)) throw error;
      if (!isTransient(error) || attempt === MAX_ATTEMPTS) throw failed(error);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}

/** Making the same thing at once fails for one of the two, with different codes. */
function isTransient(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return failureKind(error) === "contention" || code === "42P07" || code === "42P06" || code === "XX000";
}

async function migrateOnce(connection: Connection, schema: string): Promise<void> {
  if ((await versionOf(connection, schema)) === migrations.length) return;
  await connection.script(`CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE TABLE IF NOT EXISTS ${schema}.schema_version (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      version INTEGER NOT NULL
    );
    INSERT INTO ${schema}.schema_version (id, version) VALUES (1, 0) ON CONFLICT DO NOTHING`);
  const lock = `SELECT version FROM ${schema}.schema_version WHERE id = 1 FOR UPDATE`;
  const [, locked] = await connection.send([{ text: "BEGIN" }, { text: lock }]);
  const current = Number(locked?.rows[0]?.[0]);
  refuseNewer(current);
  for (const sql of migrations.slice(current)) await connection.script(sql.replaceAll("{schema}", schema));
  const update = `UPDATE ${schema}.schema_version SET version = ${migrations.length} WHERE id = 1`;
  await connection.send([{ text: update }, { text: "COMMIT" }]);
}

/** Undefined: there is none yet. Looking first spares a node without the right to make tables. */
async function versionOf(connection: Connection, schema: string): Promise<number | undefined> {
  const table = `${schema}.schema_version`;
  const [exists] = await connection.send([{ text: "SELECT to_regclass($1)", values: [table] }]);
  if ((exists?.rows[0]?.[0] ?? null) === null) return undefined;
  const [answer] = await connection.send([{ text: `SELECT version FROM ${table} WHERE id = 1` }]);
  const version = answer?.rows[0]?.[0] ?? null;
  if (version === null) return undefined;
  refuseNewer(Number(version));
  return Number(version);
}

function refuseNewer(current: number): void {
  if (current <= migrations.length) return;
  throw new StepfastError(
    "schema_too_new",
    `The database has schema version ${current}, this release knows ${migrations.length}: run the release that wrote it, or a later one.`,
  );
}

function failed(cause: unknown): StepfastError {
  return new StepfastError(
    "store_unavailable",
    `The schema cannot be brought up to date: ${reasonOf(cause)}; check that the role may create tables.`,
    { cause },
  );
}
