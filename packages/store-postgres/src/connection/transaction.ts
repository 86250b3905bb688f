import type { Connection } from "./connections.ts";
import type { Answer, Statement } from "./pipeline.ts";

/** A statement, and who wants to see what it answers. */
export interface Query extends Statement {
  take?: (answer: Answer) => void;
}

const begin: Statement = { text: "BEGIN ISOLATION LEVEL READ COMMITTED" };

/**
 * For this transaction only, so that it also holds behind a pooler. Plans go by index whatever the tables' size was when
 * they were made. A node that stops in the middle, or that waits for one that has, does not keep others waiting long.
 */
const settings: Statement = {
  text: `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('jit', 'off', true), set_config('lock_timeout', '5s', true),
    set_config('idle_in_transaction_session_timeout', '5s', true)`,
};

const xidOf: Statement = { text: "SELECT pg_current_xact_id()" };
const commit: Statement = { text: "COMMIT" };

/** A transaction. What is added travels with the next {@link flush}, in one round trip. */
export class Transaction {
  readonly #connection: Connection;
  #queued: Query[] = [begin, settings];
  /** By which the server can tell later what became of it. */
  xid: string | undefined;
  /** Whether the server may have seen the end of it. */
  isCommitting = false;

  constructor(connection: Connection) {
    this.#connection = connection;
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
