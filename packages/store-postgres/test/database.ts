import type { SharedStore } from "@stepfast/store";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { type DatabaseProfile, openPostgresStore, type PostgresStoreOptions } from "../src/index.ts";

/** The database that the tests of a file use, in a schema of its own. `TEST_DATABASE_URL` names another server. */
export class TestDatabase {
  readonly profile: DatabaseProfile;
  readonly schema = `test_${process.pid}_${Math.floor(Math.random() * 1_000_000)}`;
  #server: PostgresServer | undefined;
  #admin: pg.Client | undefined;
  #url = process.env.TEST_DATABASE_URL;

  constructor(profile: DatabaseProfile = "postgres") {
    this.profile = profile;
  }

  get url(): string {
    if (this.#url === undefined) throw new Error("The database has not been started.");
    return this.#url;
  }

  /** The server, if the tests started it. */
  get server(): PostgresServer {
    if (this.#server === undefined)
      throw new Error("This needs a server of its own: unset TEST_DATABASE_URL.");
    return this.#server;
  }

  async start(): Promise<void> {
    if (this.#url === undefined) {
      this.#server = await PostgresServer.start();
      this.#url = this.#server.url;
    }
    await this.connect();
  }

  async connect(): Promise<void> {
    this.#admin = new pg.Client({ connectionString: this.url });
    this.#admin.on("error", () => {});
    await this.#admin.connect();
  }

  async stop(): Promise<void> {
    await this.sql(`DROP SCHEMA IF EXISTS ${this.schema} CASCADE`).catch(() => {});
    await this.#admin?.end();
    await this.#server?.destroy();
  }

  /** Rows of a statement on a connection of the tests' own. `{schema}` stands for the schema. */
  async sql(text: string): Promise<Record<string, unknown>[]> {
    if (this.#admin === undefined) throw new Error("The database has not been started.");
    const result = await this.#admin.query(text.replaceAll("{schema}", this.schema));
    return result.rows ?? [];
  }

  /** Another store on the same database: a node more. */
  open(options: Partial<PostgresStoreOptions> = {}): Promise<SharedStore> {
    const url = new URL(options.url ?? this.url);
    // So that a test finds its own connections among those of others.
    url.searchParams.set("application_name", this.schema);
    const defaults = { schema: this.schema, profile: this.profile, leaseClock: "caller" } as const;
    return openPostgresStore({ ...defaults, ...options, url: String(url) });
  }

  /** A store without rows that is alone, and what opens it again. */
  async openFresh(
    options: Partial<PostgresStoreOptions> = {},
  ): Promise<{ store: SharedStore; reopen: () => Promise<SharedStore> }> {
    let store = await this.open({ ...options, isOnlyNode: true });
    await this.#empty();
    const reopen = async () => {
      await store.close();
      store = await this.open({ ...options, isOnlyNode: true });
      return store;
    };
    return { store, reopen };
  }

  async #empty(): Promise<void> {
    const led = ["events", "keys", "runs", "steps", "attempts", "waits", "wait_paths", "messages"];
    const later = ["gates", "batch_events", "documents", "tickets", "metadata"];
    const all = [...led, ...later, "sessions", "apps", "functions"];
    await this.sql(all.map((table) => `DELETE FROM {schema}.${table}`).join(";"));
  }
}

/** Started before the tests of the file, and stopped after them. */
export function useDatabase(profile?: DatabaseProfile): TestDatabase {
  const database = new TestDatabase(profile);
  beforeAll(() => database.start(), 60_000);
  afterAll(() => database.stop(), 60_000);
  return database;
}
