import { StepfastError } from "@stepfast/protocol";
import { storedTables } from "@stepfast/store";
import type { Connection } from "../connection/connections.ts";

/** A move as the target knows it. */
export interface Move {
  moveId: string;
  source: string;
}

/**
 * How far each table has come. It comes into being beside the tables that are filled, and stays with them as the record
 * of where they are from.
 */
const progressTable = "move_progress";

export function progressOf(schema: string): string {
  return `${schema}.${progressTable}`;
}

async function exists(connection: Connection, table: string): Promise<boolean> {
  const [answer] = await connection.send([{ text: "SELECT to_regclass($1) IS NOT NULL", values: [table] }]);
  return answer?.rows[0]?.[0] === "t";
}

/** The move that filled the schema's tables, or is filling them. */
export async function moveIn(connection: Connection, schema: string): Promise<Move | undefined> {
  if (!(await exists(connection, progressOf(schema)))) return undefined;
  const text = `SELECT move_id, source FROM ${progressOf(schema)} LIMIT 1`;
  const [answer] = await connection.send([{ text }]);
  const [moveId, source] = answer?.rows[0] ?? [];
  return typeof moveId === "string" ? { moveId, source: String(source) } : undefined;
}

/** The tables exist already. */
export async function recordMove(connection: Connection, schema: string, move: Move): Promise<void> {
  const create = `CREATE TABLE ${progressOf(schema)} (
    table_name TEXT PRIMARY KEY,
    move_id TEXT NOT NULL,
    source TEXT NOT NULL,
    position TEXT,
    row_count BIGINT NOT NULL DEFAULT 0
  )`;
  const fill = {
    text: `INSERT INTO ${progressOf(schema)} (table_name, move_id, source)
      SELECT name, $2, $3 FROM unnest($1::text[]) AS u (name)`,
    values: [`{${storedTables.join(",")}}`, move.moveId, move.source],
  };
  await connection.script(`BEGIN; ${create}`);
  await connection.send([fill, { text: "COMMIT" }]);
}

function refused(problem: string): StepfastError {
  return new StepfastError("invalid_config", `Nothing can be moved to this PostgreSQL database: ${problem}.`);
}

export function otherMove(staging: string, source: string): StepfastError {
  return refused(
    `${source} is being moved to it; end that move, or give it up with DROP SCHEMA ${staging} CASCADE`,
  );
}

/**
 * Throws `invalid_config` if the schema is in use, or holds what would be lost. With `isAlone`, nobody can begin to use
 * it until the end of the transaction.
 */
export async function requireUnused(
  connection: Connection,
  schema: string,
  { isAlone }: { isAlone: boolean },
): Promise<void> {
  if (!(await exists(connection, `${schema}.runs`))) return;
  const lock = `LOCK TABLE ${schema}.runs, ${schema}.events, ${schema}.sessions IN ACCESS EXCLUSIVE MODE`;
  if (isAlone) await connection.send([{ text: lock }]);
  const text = `SELECT EXISTS (SELECT 1 FROM ${schema}.runs), EXISTS (SELECT 1 FROM ${schema}.events),
    EXISTS (SELECT 1 FROM ${schema}.sessions
      WHERE NOT given_up AND until > extract(epoch FROM clock_timestamp()) * 1000)`;
  const [answer] = await connection.send([{ text }]);
  const [hasRuns, hasEvents, isInUse] = (answer?.rows[0] ?? []).map((value) => value === "t");
  if (hasRuns || hasEvents) throw refused(await describeHolder(connection, schema));
  if (isInUse) throw refused("a node is running on it; stop it, and wait until its lease is over");
}

async function describeHolder(connection: Connection, schema: string): Promise<string> {
  const before = await moveIn(connection, schema);
  const from = before === undefined ? "" : `, ${before.source} was moved to it before`;
  return `it holds runs or events already${from}; name an empty database`;
}
