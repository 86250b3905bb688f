import type { MoveTarget } from "@stepfast/store";
import { checkServer } from "../boot-checks.ts";
import { Connections } from "../connection/connections.ts";
import { type PostgresStoreOptions, schemaOf } from "../open.ts";
import { profileOf } from "../profile.ts";
import { PostgresTarget } from "./target.ts";

export type PostgresTargetOptions = Pick<PostgresStoreOptions, "url" | "schema">;

/** A page of rows, or the sorting of a table, may take this long. */
const ANSWER_TIMEOUT_MS = 600_000;

/**
 * Opens a PostgreSQL database to move a store's contents to it. The role needs the right to create schemas. Throws
 * `invalid_config` if the server cannot be used as it is set up, `store_unavailable` if it cannot be reached.
 */
export async function openPostgresTarget(options: PostgresTargetOptions): Promise<MoveTarget> {
  const schema = schemaOf(options);
  const connections = new Connections({ url: options.url, max: 3, answerTimeoutMs: ANSWER_TIMEOUT_MS });
  try {
    await checkServer(connections, profileOf());
    return new PostgresTarget(connections, schema);
  } catch (error) {
    await connections.close();
    throw error;
  }
}

/** `postgres://host:port/database`: a database's name without user, password and settings. */
export function addressOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `postgres://${hostname}:${port === "" ? "5432" : port}${pathname}`;
}
