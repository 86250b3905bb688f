import type { SharedStore } from "@stepfast/store";
import { openPostgresStore } from "@stepfast/store-postgres";
import pg from "pg";
import { OBSERVER } from "./store-calls.ts";

export interface DatabasePlaceOptions {
  url: string;
  schema: string;
}

/** The observer looks at several runs at a time. */
const CONNECTIONS = { observer: 4, node: 3 };
const tables = [
  ...[
    "events",
    "keys",
    "runs",
    "steps",
    "attempts",
    "waits",
    "wait_paths",
    "messages",
    "gates",
    "batch_events",
  ],
  ...["documents", "tickets", "metadata", "sessions", "apps", "functions"],
];

/** A schema of a PostgreSQL, and each node's store on it. */
export class DatabasePlace {
  readonly #options: DatabasePlaceOptions;
  readonly #stores = new Map<string, Promise<SharedStore>>();

  constructor(options: DatabasePlaceOptions) {
    this.#options = options;
  }

  /** It is opened when it is first asked for. */
  storeOf(node: string): Promise<SharedStore> {
    const known = this.#stores.get(node);
    if (known !== undefined) return known;
    const opening = this.#open(node === OBSERVER ? CONNECTIONS.observer : CONNECTIONS.node);
    this.#stores.set(node, opening);
    return opening;
  }

  /** Hints come when the network pleases, so the simulation makes its own. */
  #open(maxConnections: number, isOnlyNode = false): Promise<SharedStore> {
    const { url, schema } = this.#options;
    return openPostgresStore({ url, schema, maxConnections, isOnlyNode, hints: false, leaseClock: "caller" });
  }

  async leave(node: string): Promise<void> {
    const store = this.#stores.get(node);
    this.#stores.delete(node);
    await (await store)?.close();
  }

  async reopen(): Promise<void> {
    const store = await this.#open(CONNECTIONS.node, true);
    await store.close();
  }

  /** All nodes leave, and no row stays. */
  async clear(): Promise<void> {
    await Promise.all([...this.#stores.keys()].map((node) => this.leave(node)));
    // Makes the schema, if there is none yet.
    await this.storeOf(OBSERVER);
    const client = new pg.Client({ connectionString: this.#options.url });
    await client.connect();
    await client.query(tables.map((table) => `DELETE FROM ${this.#options.schema}.${table}`).join(";"));
    await client.end();
  }
}
