import { StepfastError } from "@stepfast/protocol";
import type { Connection, Connections } from "./connection/connections.ts";
import { failureKind, reasonOf } from "./connection/failure.ts";
import { refuseEarlierNodes } from "./earlier-nodes.ts";
import type { Layout } from "./profile.ts";
import { adaptedTo } from "./schema/adaptation.ts";
import { migrations } from "./schema/migrations.ts";

const MAX_ATTEMPTS = 10;
const PAUSE_MS = 20;

interface MigrateOptions {
  /** Whatever sessions there are, nobody works on the database. */
  isOnlyNode?: boolean | undefined;
}

/**
 * Brings the schema to the newest version in one transaction. Nodes that start at once wait for each other. Throws
 * `store_locked` while nodes of an earlier release work on it, `schema_too_new` for one that a later release wrote, `invalid_config` for one that was made with another profile.
 */
export async function migrate(
  connections: Connections,
  layout: Layout,
  options: MigrateOptions = {},
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connections.use((connection) => migrateOnce(connection, layout, options));
    } catch (error) {
      if (StepfastError.is(error)) throw error;
      if (!isTransient(error) || attempt === MAX_ATTEMPTS) throw failed(error);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}

/** Making the same thing at once fails for one of the two, with different codes; behind a pooler a statement may be prepared already. */
function isTransient(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  const kind = failureKind(error);
  return (
    kind === "contention" || kind === "unprepared" || code === "42P07" || code === "42P06" || code === "XX000"
  );
}

async function migrateOnce(
  connection: Connection,
  layout: Layout,
  { isOnlyNode = false }: MigrateOptions,
): Promise<void> {
  const { schema, profile } = layout;
  if ((await versionOf(connection, layout)) === migrations.length) return;
  await connection.script(`CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE TABLE IF NOT EXISTS ${schema}.schema_version (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      version INTEGER NOT NULL,
      profile TEXT NOT NULL DEFAULT 'postgres'
    );
    ALTER TABLE ${schema}.schema_version ADD COLUMN IF NOT EXISTS profile TEXT NOT NULL DEFAULT 'postgres';
    INSERT INTO ${schema}.schema_version (id, version, profile) VALUES (1, 0, '${profile.name}')
      ON CONFLICT DO NOTHING`);
  const lock = `SELECT version, profile FROM ${schema}.schema_version WHERE id = 1 FOR UPDATE`;
  const [, locked] = await connection.send([{ text: "BEGIN" }, { text: lock }]);
  const [version, madeWith] = locked?.rows[0] ?? [];
  const current = Number(version);
  refuseNewer(current);
  refuseOther(layout, madeWith);
  if (current > 0 && current < migrations.length && !isOnlyNode) await refuseEarlierNodes(connection, schema);
  for (const sql of migrations.slice(current))
    await connection.script(adaptedTo(profile, sql).replaceAll("{schema}", schema));
  const update = `UPDATE ${schema}.schema_version SET version = ${migrations.length} WHERE id = 1`;
  await connection.send([{ text: update }, { text: "COMMIT" }]);
}

/** Undefined: there is none yet. Looking first spares a node without the right to make tables. */
async function versionOf(connection: Connection, layout: Layout): Promise<number | undefined> {
  const table = `${layout.schema}.schema_version`;
  const [exists] = await connection.send([{ text: "SELECT to_regclass($1::text)::text", values: [table] }]);
  if ((exists?.rows[0]?.[0] ?? null) === null) return undefined;
  // Of a schema that was made before there were profiles it says none.
  const text = `SELECT version, to_jsonb(v) ->> 'profile' FROM ${table} v WHERE id = 1`;
  const [answer] = await connection.send([{ text }]);
  const [version = null, madeWith = null] = answer?.rows[0] ?? [];
  if (version === null) return undefined;
  refuseNewer(Number(version));
  refuseOther(layout, madeWith);
  return Number(version);
}

/** Rows are numbered differently, and nodes that differ would miss what the others write. */
function refuseOther({ schema, profile }: Layout, madeWith: string | null | undefined): void {
  if (madeWith === undefined || madeWith === null || madeWith === profile.name) return;
  throw new StepfastError(
    "invalid_config",
    `The schema ${schema} was made with the database profile ${madeWith}, not ${profile.name}: name that one.`,
  );
}

function refuseNewer(current: number): void {
  if (current > migrations.length) throw tooNew(current);
}

export function tooNew(version: number): StepfastError {
  return new StepfastError(
    "schema_too_new",
    `The database has schema version ${version}, this release knows ${migrations.length}: run the release that wrote it, or a later one.`,
  );
}

function failed(cause: unknown): StepfastError {
  return new StepfastError(
    "store_unavailable",
    `The schema cannot be brought up to date: ${reasonOf(cause)}; check that the role may create tables.`,
    { cause },
  );
}
