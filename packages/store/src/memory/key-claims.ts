import type { KeyRow } from "../records.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Claimed identities by (scope, key); expired ones are forgotten as later claims come in. */
export class KeyClaims {
  readonly #claims = new Map<string, KeyRow>();
  readonly #expiries = new WakeQueue(({ wakeAt, id }) => this.#claims.get(id)?.expiresAt === wakeAt);

  /** The claim that stands in the way of this one. */
  holder(row: KeyRow): KeyRow | undefined {
    const claim = this.#claims.get(identity(row));
    return claim !== undefined && claim.expiresAt > row.createdAt ? claim : undefined;
  }

  add(row: KeyRow): void {
    this.forgetExpired(row.createdAt);
    this.#claims.set(identity(row), { ...row });
    this.#expiries.push({ wakeAt: row.expiresAt, id: identity(row) });
  }

  /** Claims whose time was over by then. */
  forgetExpired(now: number): void {
    for (let next = this.#expiries.peek(); next !== undefined; next = this.#expiries.peek()) {
      if (next.wakeAt > now) return;
      this.#expiries.pop();
      this.#claims.delete(next.id);
    }
  }
}

export function identity(row: { scope: string; key: string }): string {
  return JSON.stringify([row.scope, row.key]);
}
