import { numberArray, textArray } from "../connection/arrays.ts";
import type { Connections } from "../connection/connections.ts";
import { failureKind } from "../connection/failure.ts";
import type { Lease } from "./run-book.ts";

const LOOK_AGAIN_MS = 50;

const look = `SELECT pg_xact_status($1::text::xid8),
  (SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE backend_xid::text = $2 AND usename = current_user AND pid <> pg_backend_pid())`;

/**
 * Transactions whose end nobody saw. Until the server says that they have ended, nothing else is read or written: a
 * write that arrived late would come after others that were built without it.
 */
export class Doubts {
  readonly #connections: Connections;
  readonly #schema: string;
  readonly #xids = new Set<string>();
  #leases: Lease[] = [];
  #settling: Promise<void> | undefined;

  constructor(connections: Connections, schema: string) {
    this.#connections = connections;
    this.#schema = schema;
  }

  /** `leases`: of runs that were written to by a transaction whose id is not known; they are given up. */
  add(xid: string | undefined, leases: Lease[]): void {
    if (xid !== undefined) this.#xids.add(xid);
    this.#leases.push(...leases);
  }

  /** Resolves at once if there are none. Rejects if the server does not answer: then they are still in doubt. */
  settle(): Promise<void> | undefined {
    if (this.#xids.size === 0 && this.#leases.length === 0) return undefined;
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #settleAll(): Promise<void> {
    if (this.#leases.length > 0) await this.#giveUp(this.#leases);
    for (const xid of this.#xids) {
      while (await this.#isOpen(xid)) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      this.#xids.delete(xid);
    }
  }

  /**
   * The runs are due at once, for whoever claims them. This waits for the transaction if it is still there, and if it
   * comes later it finds its leases gone.
   */
  async #giveUp(leases: Lease[]): Promise<void> {
    const text = `WITH found AS MATERIALIZED (SELECT r.id, r.status, r.owner, r.epoch, given_owner, given_epoch
        FROM unnest($1::text[], $2::text[], $3::float8[]) AS u (id, given_owner, given_epoch)
        JOIN ${this.#schema}.runs r ON r.id = u.id ORDER BY r.id FOR UPDATE OF r)
      UPDATE ${this.#schema}.runs r SET owner = NULL, wake_at = 0, blocked = NULL FROM found f
      WHERE r.id = f.id AND f.owner = f.given_owner AND f.epoch = f.given_epoch
        AND f.status IN ('queued', 'running')`;
    const ids = textArray(leases.map(({ runId }) => runId));
    const owners = textArray(leases.map(({ owner }) => owner));
    const values = [ids, owners, numberArray(leases.map(({ epoch }) => epoch))];
    await this.#connections.read([{ text, values }]);
    this.#leases = this.#leases.slice(leases.length);
  }

  /** A transaction that waits for its client is ended; the server that took over from another may not know it. */
  async #isOpen(xid: string): Promise<boolean> {
    const short = String(BigInt(xid) & 0xffffffffn);
    try {
      const [answer] = await this.#connections.read([{ text: look, values: [xid, short] }]);
      return answer?.rows[0]?.[0] === "in progress";
    } catch (error) {
      if (failureKind(error) === "data") return false;
      throw error;
    }
  }
}
