import { StepfastError } from "@stepfast/protocol";
import { numberArray, textArray } from "../connection/arrays.ts";
import type { Connections } from "../connection/connections.ts";
import { failureKind } from "../connection/failure.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Layout } from "../profile.ts";
import type { TransactionName } from "./names.ts";
import type { Lease } from "./run-book.ts";

const LOOK_AGAIN_MS = 50;
/** After so many looks whoever waits is told; the transaction stays in doubt. */
const MAX_LOOKS = 200;

/** The server process that carries the transaction out. */
const itsProcess = `FROM pg_stat_activity WHERE pid = $1::int AND backend_xid::text = $2
  AND extract(epoch FROM pg_postmaster_start_time())::text = $3`;

/**
 * Transactions whose end nobody saw. Until the server says that they have ended, nothing else is read or written: a
 * write that arrived late would come after others that were built without it.
 */
export class Doubts {
  readonly #connections: Connections;
  readonly #layout: Layout;
  readonly #names = new Set<TransactionName>();
  #leases: Lease[] = [];
  #settling: Promise<void> | undefined;

  constructor(connections: Connections, layout: Layout) {
    this.#connections = connections;
    this.#layout = layout;
  }

  /** `leases`: of runs that were written to by a transaction without a name; they are given up. */
  add(name: TransactionName | undefined, leases: Lease[]): void {
    if (name !== undefined) this.#names.add(name);
    this.#leases.push(...leases);
  }

  /** Resolves at once if there are none. Rejects if the server does not tell: then they are still in doubt. */
  settle(): Promise<void> | undefined {
    if (this.#names.size === 0 && this.#leases.length === 0) return undefined;
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #settleAll(): Promise<void> {
    if (this.#leases.length > 0) await this.#giveUp(this.#leases.slice());
    for (const name of [...this.#names]) {
      if (name.kind === "ticket") await this.#takeTicket(name.id);
      else await this.#untilOver(name);
      this.#names.delete(name);
    }
  }

  /**
   * The runs are due at once, for whoever claims them. This waits for the transaction if it is still there, and if it
   * comes later it finds its leases gone.
   */
  async #giveUp(leases: Lease[]): Promise<void> {
    for (const statement of giveUpStatements(this.#layout, leases)) await this.#connections.ask([statement]);
    this.#leases = this.#leases.slice(leases.length);
  }

  /** Who has the ticket has won: after this the transaction has committed, or never will. */
  async #takeTicket(id: string): Promise<void> {
    const text = `INSERT INTO ${this.#layout.schema}.tickets (id, made_at) VALUES ($1::text, $2::float8)
      ON CONFLICT (id) DO NOTHING`;
    await this.#connections.ask([{ text, values: [id, Date.now()] }]);
  }

  /** A transaction that waits for its client is ended. A server that has been started since has none of it. */
  async #untilOver({ pid, xid, serverStart }: Extract<TransactionName, { kind: "process" }>): Promise<void> {
    const values = [pid, xid, serverStart];
    for (let look = 1; look <= MAX_LOOKS; look++) {
      const [answer] = await this.#connections.ask([{ text: `SELECT count(*) ${itsProcess}`, values }]);
      if (answer?.rows[0]?.[0] === "0") return;
      await this.#end({ text: `SELECT pg_terminate_backend(pid) ${itsProcess}`, values });
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    throw new StepfastError(
      "store_unavailable",
      "PostgreSQL does not come to the end of a transaction whose answer was lost: nothing can be done before.",
    );
  }

  /** A role without the right to do so waits. */
  async #end(statement: Statement): Promise<void> {
    try {
      await this.#connections.ask([statement]);
    } catch (error) {
      if (failureKind(error) !== "data") throw error;
    }
  }
}

const GIVEN_UP = "owner = NULL, wake_at = 0, blocked = NULL";
const LIVE = "status IN ('queued', 'running')";

function giveUpStatements({ schema, profile }: Layout, leases: Lease[]): Statement[] {
  if (profile.isDistributed) {
    const text = `UPDATE ${schema}.runs SET ${GIVEN_UP}
      WHERE id = $1::text AND owner = $2::text AND epoch = $3::float8 AND ${LIVE}`;
    return leases.map(({ runId, owner, epoch }) => ({ text, values: [runId, owner, epoch] }));
  }
  const text = `WITH found AS MATERIALIZED (SELECT r.id, r.status, r.owner, r.epoch, given_owner, given_epoch
      FROM unnest($1::text[], $2::text[], $3::float8[]) AS u (id, given_owner, given_epoch)
      JOIN ${schema}.runs r ON r.id = u.id ORDER BY r.id FOR UPDATE OF r)
    UPDATE ${schema}.runs r SET ${GIVEN_UP} FROM found f
    WHERE r.id = f.id AND f.owner = f.given_owner AND f.epoch = f.given_epoch
      AND f.status IN ('queued', 'running')`;
  const ids = textArray(leases.map(({ runId }) => runId));
  const owners = textArray(leases.map(({ owner }) => owner));
  return [{ text, values: [ids, owners, numberArray(leases.map(({ epoch }) => epoch))] }];
}
