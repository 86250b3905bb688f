import { StepfastError } from "@stepfast/protocol";
import pg from "pg";
import { failureKind, reasonOf } from "./failure.ts";
import { type Answer, Pipeline, type Statement } from "./pipeline.ts";

export interface ConnectionsOptions {
  url: string;
  /** At most this many at a time. */
  max: number;
  /** Without an answer for so long a connection counts as lost. */
  answerTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** A connection in use. Give it back with {@link release}, or {@link discard} it after a failure. */
export class Connection {
  readonly #owner: Connections;
  readonly #client: pg.PoolClient;
  readonly #answerTimeoutMs: number;
  readonly #ignore = () => {};

  constructor(owner: Connections, client: pg.PoolClient, answerTimeoutMs: number) {
    this.#owner = owner;
    this.#client = client;
    this.#answerTimeoutMs = answerTimeoutMs;
    // Whoever waits for an answer is told that the connection is lost; the client's own event says no more.
    client.on("error", this.#ignore);
  }

  /** One round trip. */
  async send(statements: readonly Statement[]): Promise<Answer[]> {
    const pipeline = new Pipeline(statements, { isNamed: this.#owner.isNamed });
    const timer = setTimeout(() => this.#cut(), this.#answerTimeoutMs);
    try {
      this.#client.query(pipeline as unknown as pg.Submittable);
      return await pipeline.done;
    } catch (error) {
      if (failureKind(error) === "unprepared") this.#owner.isNamed = false;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Several statements without parameters, as one text. */
  async script(text: string): Promise<void> {
    await this.#client.query(text);
  }

  release(): void {
    this.#client.removeListener("error", this.#ignore);
    this.#client.release();
  }

  /** Undoes the transaction in which the server refused something. */
  async undo(): Promise<void> {
    try {
      await this.send([{ text: "ROLLBACK" }]);
      this.release();
    } catch {
      this.discard();
    }
  }

  discard(): void {
    this.#client.release(true);
  }

  #cut(): void {
    const { connection } = this.#client as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }
}

/** The connections of a store to its database. */
export class Connections {
  /** Whether statements are prepared under names; not behind a pooler that does not keep them. */
  isNamed = true;
  readonly #pool: pg.Pool;
  readonly #options: ConnectionsOptions;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: options.max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      application_name: "stepfast",
    });
    // An idle connection that is lost is taken out of the pool: the next one asked for is new.
    this.#pool.on("error", () => {});
  }

  async open(): Promise<Connection> {
    try {
      return new Connection(this, await this.#pool.connect(), this.#options.answerTimeoutMs);
    } catch (cause) {
      throw new StepfastError(
        "store_unavailable",
        `PostgreSQL cannot be reached: ${reasonOf(cause)}; check the database URL and that the server runs.`,
        { cause },
      );
    }
  }

  /** Lends a connection. After a failure it is not used again. */
  async use<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const connection = await this.open();
    try {
      const result = await work(connection);
      connection.release();
      return result;
    } catch (error) {
      connection.discard();
      throw error;
    }
  }

  /** Reads in one round trip; a connection that turns out to be lost is replaced. */
  async read(statements: readonly Statement[]): Promise<Answer[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.use((connection) => connection.send(statements));
      } catch (error) {
        const kind = failureKind(error);
        const isWorthIt = kind === "connection" || kind === "unprepared" || kind === "contention";
        if (attempt === 3 || !isWorthIt || StepfastError.is(error)) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
