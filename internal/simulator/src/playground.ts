import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import type { MakeGround } from "./ground/ground.ts";
import { MemoryGround } from "./ground/memory-ground.ts";
import { StoreThread } from "./ground/thread-ground.ts";

/**
 * `memory`: of one node's kind, whatever the number of nodes. `shared`: of several nodes' kind. `sqlite`: on a file of one. `postgres`: each call is
 * over before anything else happens. `busy`: on PostgreSQL, too, where calls of several nodes are under way at once.
 */
export const playgroundNames = ["memory", "shared", "sqlite", "postgres", "busy"] as const;
export type PlaygroundName = (typeof playgroundNames)[number];

/** Where simulations are played, one after the other. */
export class Playground {
  readonly name: PlaygroundName;
  #server: PostgresServer | undefined;
  #thread: StoreThread | undefined;

  private constructor(name: PlaygroundName) {
    this.name = name;
  }

  /** `databaseUrl`: default is a PostgreSQL that is started for it. */
  static async open(name: PlaygroundName, databaseUrl?: string): Promise<Playground> {
    const playground = new Playground(name);
    if (name === "memory" || name === "shared") return playground;
    if (name === "sqlite") {
      playground.#thread = new StoreThread(null);
      return playground;
    }
    if (databaseUrl === undefined) playground.#server = await PostgresServer.start();
    const url = databaseUrl ?? playground.#server?.url ?? "";
    playground.#thread = new StoreThread({ url, schema: `simulated_${process.pid}` });
    return playground;
  }

  /** A ground without rows. Nothing may be played on the one before any more. */
  async ground(): Promise<MakeGround> {
    const { name } = this;
    if (this.#thread === undefined) return () => new MemoryGround({ isShared: name === "shared" });
    await this.#thread.clear();
    return this.#thread.ground({ isHasty: name === "busy" });
  }

  async close(): Promise<void> {
    await this.#thread?.stop();
    await this.#server?.destroy();
  }
}
