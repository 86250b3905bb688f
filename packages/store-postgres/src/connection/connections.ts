import { StepfastError } from "@stepfast/protocol";
import pg from "pg";
import { adviceOn, failureKind, isBusy, reasonOf } from "./failure.ts";
import { type Answer, Pipeline, type Statement } from "./pipeline.ts";
import { Places } from "./places.ts";
import { refusesOptions, type Tuning, tuningFor } from "./tuning.ts";

export interface ConnectionsOptions {
  url: string;
  /** At most this many at a time. */
  max: number;
  /** Without an answer for so long a connection counts as lost. */
  answerTimeoutMs: number;
  /** Ask for plans and timeouts that suit short transactions, when connections are made. */
  tuning?: Tuning;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Between attempts to connect to a server that has no room or is starting. */
const BUSY_PAUSE_MS = 100;
/** Connections that reads do not use. */
const NO_READERS = 2;
/** Of a read: for a lost connection, and for other transactions in the way. */
const MAX_READS = { lost: 3, contention: 10 };
const usual = tuningFor({ isPostgres: true, isolation: "READ COMMITTED" });

interface ConnectionParts {
  owner: Connections;
  client: pg.PoolClient;
  answerTimeoutMs: number;
  isTuned: boolean;
}

/** A connection in use. Give it back with {@link release}, or {@link discard} it after a failure. */
export class Connection {
  /** Whether the server plans as it should on this connection; if not, each transaction has to ask for it. */
  readonly isTuned: boolean;
  readonly tuning: Tuning;
  readonly #owner: Connections;
  readonly #client: pg.PoolClient;
  readonly #answerTimeoutMs: number;
  readonly #ignore = () => {};

  constructor({ owner, client, answerTimeoutMs, isTuned }: ConnectionParts) {
    this.#owner = owner;
    this.#client = client;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.isTuned = isTuned;
    this.tuning = owner.tuning;
    // Whoever waits for an answer is told that the connection is lost; the client's own event says no more.
    client.on("error", this.#ignore);
  }

  /** One round trip. */
  async send(statements: readonly Statement[]): Promise<Answer[]> {
    const pipeline = new Pipeline(statements, { isNamed: this.#owner.isNamed });
    const timer = setTimeout(() => this.#cut(), this.#answerTimeoutMs + transferMs(statements));
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

/** What large texts may take longer: a megabyte a second. */
function transferMs(statements: readonly Statement[]): number {
  let bytes = 0;
  for (const statement of statements) bytes += statement.bytes ?? 0;
  return bytes / 1_000;
}

/** The connections of a store to its database. */
export class Connections {
  /** Whether statements are prepared under names; not behind a pooler that does not keep them. */
  isNamed = true;
  readonly tuning: Tuning;
  #pool: pg.Pool;
  readonly #options: ConnectionsOptions;
  #mustBePrimary = false;
  readonly #tuned = new WeakSet<object>();
  readonly #readers: Places;
  #hasOptions: boolean;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#readers = new Places(Math.max(1, options.max - NO_READERS));
    this.#hasOptions = options.tuning !== undefined;
    this.tuning = options.tuning ?? usual;
    this.#pool = this.#newPool(this.#hasOptions ? { options: this.tuning.startupOptions } : {});
  }

  /** At a time. */
  get max(): number {
    return this.#options.max;
  }

  #newPool(given: { options?: string }): pg.Pool {
    const pool = new pg.Pool({
      ...given,
      connectionString: this.#options.url,
      max: this.#options.max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      application_name: "stepfast",
      onConnect: (client: pg.ClientBase) => this.#admit(client),
    });
    // An idle connection that is lost is taken out of the pool: the next one asked for is new.
    pool.on("error", () => {});
    return pool;
  }

  /** From now on no new connection may be to a replica: after a fail-over an address may lead to one. */
  requirePrimary(): void {
    this.#mustBePrimary = true;
  }

  async #admit(client: pg.ClientBase): Promise<void> {
    const question = { text: this.tuning.admission, query_timeout: CONNECT_TIMEOUT_MS };
    const { rows } = await client.query(question);
    if (rows[0]?.tuned === true) this.#tuned.add(client);
    if (this.#mustBePrimary && rows[0]?.replica === true) throw new Error("it is a read-only replica now");
  }

  /** Throws `store_unavailable`. Where the server is only busy it is asked again, for as long as a connection may take. */
  async open(): Promise<Connection> {
    const begunAt = performance.now();
    for (;;) {
      try {
        return await this.#openOne();
      } catch (error) {
        if (!isBusy(error) || performance.now() - begunAt > CONNECT_TIMEOUT_MS) throw error;
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    }
  }

  async #openOne(): Promise<Connection> {
    try {
      const client = await this.#pool.connect();
      const { answerTimeoutMs } = this.#options;
      return new Connection({ owner: this, client, answerTimeoutMs, isTuned: this.#tuned.has(client) });
    } catch (cause) {
      if (refusesOptions(cause)) return await this.#openPlainly();
      throw new StepfastError(
        "store_unavailable",
        `PostgreSQL cannot be reached: ${reasonOf(cause)}; ${adviceOn(cause)}.`,
        { cause },
      );
    }
  }

  /** Without options at the start, from now on. */
  async #openPlainly(): Promise<Connection> {
    if (this.#hasOptions) {
      this.#hasOptions = false;
      const refused = this.#pool;
      this.#pool = this.#newPool({});
      await refused.end();
    }
    return await this.#openOne();
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

  /** As {@link ask}. Reads leave a connection to the writer and one to what cannot wait, however many there are. */
  async read(statements: readonly Statement[]): Promise<Answer[]> {
    return await this.#readers.use(() => this.ask(statements));
  }

  /** Asks in one round trip what may be asked twice; a connection that turns out to be lost is replaced. */
  async ask(statements: readonly Statement[]): Promise<Answer[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.use((connection) => connection.send(statements));
      } catch (error) {
        const kind = failureKind(error);
        const limit = kind === "contention" ? MAX_READS.contention : MAX_READS.lost;
        const isWorthIt = kind !== "refused" && kind !== "data";
        if (attempt >= limit || !isWorthIt || StepfastError.is(error)) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
