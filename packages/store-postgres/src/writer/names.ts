import { randomBytes } from "node:crypto";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";

/**
 * By which it can be found out what became of a transaction: on PostgreSQL the server process that carries it out; on
 * a database of several servers a row that it wrote.
 */
export type TransactionName =
  | { kind: "process"; pid: string; xid: string; serverStart: string }
  | { kind: "ticket"; id: string };

/** Numbers of processes and transactions may come again after a crash; not in the same server. */
const process = `SELECT pg_backend_pid(), pg_current_xact_id()::xid::text,
  extract(epoch FROM pg_postmaster_start_time())::text`;

/** Gives transactions names. A ticket is of no use once its transaction's end is known: the next one takes it away. */
export class TransactionNames {
  readonly #layout: Layout;
  #used: string[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** What a transaction has to send, together with others, to be told its name before it commits. */
  queries(tell: (name: TransactionName) => void): Query[] {
    return this.#layout.profile.isDistributed ? this.#takeTicket(tell) : [askForProcess(tell)];
  }

  #takeTicket(tell: (name: TransactionName) => void): Query[] {
    const table = `${this.#layout.schema}.tickets`;
    const id = randomBytes(15).toString("base64url");
    tell({ kind: "ticket", id });
    const remove = this.#used.map((used) => ({
      text: `DELETE FROM ${table} WHERE id = $1::text`,
      values: [used],
    }));
    const insert = `INSERT INTO ${table} (id, made_at) VALUES ($1::text, $2::float8)`;
    return [{ text: insert, values: [id, Date.now()] }, ...remove];
  }

  /** The transaction's end is known: it is in the database, and so are the removals that it brought. */
  over(name: TransactionName | undefined): void {
    if (name?.kind === "ticket") this.#used = [name.id];
  }
}

function askForProcess(tell: (name: TransactionName) => void): Query {
  const take: Query["take"] = ({ rows }) => {
    const [pid, xid, serverStart] = rows[0] ?? [];
    tell({ kind: "process", pid: String(pid), xid: String(xid), serverStart: String(serverStart) });
  };
  return { text: process, take };
}
