import type { Connection } from "./connections.ts";
import type { Answer, Statement } from "./pipeline.ts";
import { transactionSettings } from "./tuning.ts";

/** A statement, and who wants to see what it answers. */
export interface Query extends Statement {
  take?: (answer: Answer) => void;
}

const begin: Statement = { text: "BEGIN ISOLATION LEVEL READ COMMITTED" };

const xidOf: Statement = { text: "SELECT pg_current_xact_id()" };
const commit: Statement = { text: "COMMIT" };

/** A transaction. What is added travels with the next {@link flush}, in one round trip. */
export class Transaction {
  readonly #connection: Connection;
  #queued: Query[];
  readonly #settings: Query[];
  /** By which the server can tell later what became of it. */
  xid: string | undefined;
  /** Whether the server may have seen the end of it. */
  isCommitting = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#settings = connection.isTuned ? [] : [transactionSettings];
    this.#queued = [begin, ...this.#settings];
  }

  add(...queries: Query[]): void {
    this.#queued.push(...queries);
  }

  /** Asks for the transaction's id, before it is asked to commit. */
  identify(): void {
    const take = ({ rows }: Answer) => {
      this.xid = rows[0]?.[0] ?? undefined;
    };
    if (this.xid === undefined) this.add({ ...xidOf, take });
  }

  /** These and nothing else: the server makes one transaction of what travels together. */
  async alone(...queries: Query[]): Promise<void> {
    this.#queued = [...this.#settings, ...queries];
    this.isCommitting = true;
    await this.flush();
  }

  async flush(): Promise<void> {
    const queries = this.#queued;
    this.#queued = [];
    const answers = await this.#connection.send(queries);
    for (const [i, answer] of answers.entries()) queries[i]?.take?.(answer);
  }

  /** When it resolves, all of it is durable. */
  async commit(): Promise<void> {
    this.add(commit);
    this.isCommitting = true;
    await this.flush();
  }
}
