import { StepfastError } from "@stepfast/protocol";
import type { SharedStore } from "@stepfast/store";
import { checkServer } from "./boot-checks.ts";
import { Connections } from "./connection/connections.ts";
import { tuningFor } from "./connection/tuning.ts";
import { HintFeed } from "./hint-feed.ts";
import { migrate } from "./migrate.ts";
import { PostgresStore } from "./postgres-store.ts";
import { type DatabaseProfile, type Layout, profileOf } from "./profile.ts";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`. A pooler in transaction mode in between does no harm. */
  url: string;
  /** The schema that holds the tables; it is made if it does not exist. Default `stepfast`. */
  schema?: string;
  /**
   * What kind of database it is. Default `postgres`. The others do without what a distributed database lacks; all nodes
   * have to name the same, and a schema keeps the one with which it was made.
   */
  profile?: DatabaseProfile;
  /** Connections at most; one of them writes. Default 6. */
  maxConnections?: number;
  /** Without an answer for so long a connection counts as lost. Default 10,000. */
  answerTimeoutMs?: number;
  /**
   * Nobody else uses the database: opening gives every session up, and the runs they held are due at once. By default
   * the sessions of other nodes live on, and those of nodes that died end with their leases.
   */
  isOnlyNode?: boolean;
  /**
   * In whose time sessions live: `database` (default), so that nodes whose clocks differ agree, or the `caller`'s `now`,
   * for tests that move a clock.
   */
  leaseClock?: "database" | "caller";
  /**
   * Whether nodes tell each other of news by NOTIFY, and listen for it on one connection more. Default true, where the
   * profile has it. Set it to
   * false behind a pooler in transaction mode, where nothing is heard, and on databases that have no NOTIFY; then nodes
   * find news when they look for it, every second.
   */
  hints?: boolean;
  /** Texts of more characters are kept in a table of their own, beside the rows they belong to. Default 65,536. */
  largeValueLength?: number;
}

const DEFAULT_SCHEMA = "stepfast";

/**
 * Opens the store on a PostgreSQL database, and brings its schema up to date. Throws `invalid_config` if the server
 * cannot be used as it is set up, `schema_too_new` if a later release wrote the schema, `store_locked` if nodes of an earlier
 * one work on it and it has to be changed, `store_unavailable` if the server cannot be reached. A later release that changes
 * the schema while the store is open ends it: from the next heartbeat on every call rejects with `schema_too_new`.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<SharedStore> {
  const layout = layoutOf(options);
  const { schema, profile } = layout;
  const connections = connect(options, layout);
  const isHinted = options.hints !== false && profile.hasNotify;
  const hints = isHinted ? new HintFeed(options.url, schema) : undefined;
  try {
    await checkServer(connections, profile);
    connections.requirePrimary();
    await migrate(connections, layout, options);
    await hints?.open();
    const newestWait = await newestWaitOf(connections, layout);
    const leaseClock = options.leaseClock ?? "database";
    const store = new PostgresStore({ connections, layout, leaseClock, newestWait, hints });
    if (options.isOnlyNode === true) await store.giveUpSessions();
    return store;
  } catch (error) {
    await hints?.close();
    await connections.close();
    throw error;
  }
}

/** Brings the schema up to date and does no more. Throws as {@link openPostgresStore} does. */
export async function migratePostgres(options: PostgresStoreOptions): Promise<void> {
  const layout = layoutOf(options);
  const connections = connect(options, layout);
  try {
    await checkServer(connections, layout.profile);
    await migrate(connections, layout);
  } finally {
    await connections.close();
  }
}

function layoutOf(options: PostgresStoreOptions): Layout {
  const { profile, largeValueLength: largeFrom } = options;
  return { schema: schemaOf(options), profile: profileOf(profile), largeFrom };
}

async function newestWaitOf(connections: Connections, { schema, profile }: Layout): Promise<number> {
  if (profile.isDistributed) return 0;
  const text = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ${schema}.waits_seq_seq`;
  const [answer] = await connections.read([{ text }]);
  return Number(answer?.rows[0]?.[0] ?? 0);
}

function connect(options: PostgresStoreOptions, { profile }: Layout): Connections {
  const { url, maxConnections = 6, answerTimeoutMs = 10_000 } = options;
  const tuning = tuningFor(profile);
  return new Connections({ url, max: Math.max(2, maxConnections), answerTimeoutMs, tuning });
}

/** Throws `invalid_config` for a name that would have to be quoted. */
export function schemaOf({ schema = DEFAULT_SCHEMA }: Pick<PostgresStoreOptions, "schema">): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) return schema;
  throw new StepfastError(
    "invalid_config",
    `"${schema}" cannot be the schema's name: use lower-case letters, digits and underscores.`,
  );
}
