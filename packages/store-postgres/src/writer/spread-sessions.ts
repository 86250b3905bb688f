import { runColumns } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import { type Answer, type Ask, rowCount, type Statement } from "../connection/pipeline.ts";
import type { Call, Script } from "./request.ts";
import {
  type Claim,
  claimedRuns,
  type Heartbeat,
  type LeaseClock,
  live,
  RECLAIM_CHUNK,
  REMEMBERED_MS,
  type Reclaimed,
  type Sessions,
  UNKNOWN,
  type Unblock,
} from "./sessions.ts";

/** As `leaseTime`, from a clock that stands still during a statement: others may not decide which rows are written. */
export const spreadLeaseTime =
  "coalesce($1::float8, extract(epoch FROM statement_timestamp())::float8 * 1000)";

const TICKETS_LIVE_MS = 3_600_000;
const released = "owner = NULL, wake_at = $2::float8, blocked = NULL";
const columns = runColumns.names.map((name) => `r.${name}`).join(", ");

/**
 * The same where rows lie on several machines: rows are looked for without locks, and each that is found is written by a
 * statement of its own, under the condition that it is still as it was.
 */
export class SpreadSessions implements Sessions {
  readonly #schema: string;
  readonly #clock: LeaseClock;

  constructor(schema: string, clock: LeaseClock) {
    this.#schema = schema;
    this.#clock = clock;
  }

  #time(now: number): number | null {
    return this.#clock === "caller" ? now : null;
  }

  heartbeat({ owner, now, until, node = UNKNOWN }: Heartbeat): Call {
    const text = `INSERT INTO ${this.#schema}.sessions AS s (owner, until, given_up, url, apps)
      VALUES ($2::text, ${spreadLeaseTime} + $3::float8, false, $4::text, $5::text)
      ON CONFLICT (owner) DO UPDATE SET until = excluded.until, url = excluded.url, apps = excluded.apps
      WHERE NOT s.given_up`;
    const values = [this.#time(now), owner, until - now, node.url, JSON.stringify(node.apps)];
    const decode: Call["decode"] = ([answer]) => rowCount(answer) > 0;
    return { kind: "call", statements: [{ text, values }], decode, isTimeless: true };
  }

  reclaim(now: number): Script {
    const time = this.#time(now);
    return script(async (ask): Promise<Reclaimed> => {
      const [, , owners, alive] = await ask([
        {
          text: `UPDATE ${this.#schema}.sessions SET given_up = true WHERE until <= ${spreadLeaseTime} AND NOT given_up`,
          values: [time],
        },
        {
          text: `DELETE FROM ${this.#schema}.sessions WHERE given_up AND until < ${spreadLeaseTime} - ${REMEMBERED_MS}`,
          values: [time],
        },
        { text: `SELECT DISTINCT owner FROM ${this.#schema}.runs WHERE owner IS NOT NULL AND ${live}` },
        { text: `SELECT owner FROM ${this.#schema}.sessions WHERE NOT given_up` },
      ]);
      const living = new Set(textsOf(alive));
      const dead = textsOf(owners).filter((owner) => !living.has(owner));
      const count = dead.length === 0 ? 0 : await this.#release(ask, dead, now);
      return { count, isPartial: count === RECLAIM_CHUNK, areHeld: false };
    });
  }

  /** Resolves with how many. */
  async #release(ask: Ask, owners: string[], wakeAt: number): Promise<number> {
    const text = `SELECT id, owner FROM ${this.#schema}.runs
      WHERE owner = ANY ($1::text[]) AND owner IS NOT NULL AND ${live} LIMIT ${RECLAIM_CHUNK}`;
    const [found] = await ask([{ text, values: [textArray(owners)] }]);
    const update = `UPDATE ${this.#schema}.runs SET ${released} WHERE id = $1::text AND owner = $3::text AND ${live}`;
    const rows = [...(found?.rows ?? [])].sort(byFirst);
    const answers = await ask(
      rows.map(([id = null, owner = null]) => ({ text: update, values: [id, wakeAt, owner] })),
    );
    return countOf(answers);
  }

  endSession({ owner, now }: { owner: string; now: number }): Script {
    const text = `INSERT INTO ${this.#schema}.sessions (owner, until, given_up, apps)
      VALUES ($2::text, ${spreadLeaseTime}, true, '[]')
      ON CONFLICT (owner) DO UPDATE SET until = excluded.until, given_up = true`;
    return script(async (ask) => {
      await ask([{ text, values: [this.#time(now), owner] }]);
      return await this.#release(ask, [owner], now);
    });
  }

  free({ owner, now }: { owner: string; now: number }): Script {
    return script((ask) => this.#release(ask, [owner], now));
  }

  giveUpAll(): Call {
    const text = `UPDATE ${this.#schema}.sessions SET given_up = true WHERE NOT given_up`;
    return { kind: "call", statements: [{ text }], decode: () => undefined };
  }

  freeAny(): Script {
    return script(async (ask) => {
      const text = `SELECT DISTINCT owner FROM ${this.#schema}.runs WHERE owner IS NOT NULL AND ${live}`;
      const [owners] = await ask([{ text }]);
      return await this.#release(ask, textsOf(owners), 0);
    });
  }

  claim({ owner, now, limit, exceptApps = [] }: Claim): Script {
    const due = `SELECT id, wake_at, blocked FROM ${this.#schema}.runs
      WHERE wake_at IS NOT NULL AND owner IS NULL AND ${live} AND wake_at <= $1::float8
        AND NOT (app_id = ANY ($3::text[])) ORDER BY wake_at, id LIMIT $2::int`;
    const take = `UPDATE ${this.#schema}.runs r SET owner = $2::text, epoch = r.epoch + 1, wake_at = NULL, blocked = NULL
      WHERE r.id = $1::text AND r.owner IS NULL AND r.${live} AND r.wake_at = $3::float8
        AND r.blocked IS NOT DISTINCT FROM $4::text
      RETURNING $3::float8, $4::text, ${columns}`;
    return script(async (ask) => {
      const givenUp = `SELECT owner FROM ${this.#schema}.sessions WHERE owner = $1::text AND given_up`;
      const [lost, found] = await ask([
        { text: givenUp, values: [owner] },
        { text: due, values: [now, Math.max(0, limit), textArray(exceptApps)] },
      ]);
      if ((lost?.rows.length ?? 0) > 0) return [];
      const rows = [...(found?.rows ?? [])].sort(byFirst);
      const answers = await ask(
        rows.map(([id = null, wakeAt = null, blocked = null]) => ({
          text: take,
          values: [id, owner, Number(wakeAt), blocked],
        })),
      );
      return claimedRuns(answers.flatMap((answer) => answer.rows));
    });
  }

  unblock({ functionIds, blocked, now }: Unblock): Script {
    const find = `SELECT id, wake_at FROM ${this.#schema}.runs
      WHERE blocked = $1::text AND function_id = ANY ($2::text[]) AND owner IS NULL AND ${live}`;
    const wake = `UPDATE ${this.#schema}.runs SET wake_at = $2::float8 WHERE id = $1::text AND blocked = $3::text
      AND owner IS NULL AND ${live} AND (wake_at IS NULL OR wake_at > $2::float8)`;
    return script(async (ask) => {
      const values = [blocked, textArray([...new Set(functionIds)])];
      const [found] = await ask([{ text: find, values }]);
      const rows = [...(found?.rows ?? [])].sort(byFirst);
      const late = rows.filter(([, wakeAt = null]) => wakeAt === null || Number(wakeAt) > now);
      await ask(late.map(([id = null]) => ({ text: wake, values: [id, now, blocked] })));
      return rows.length;
    });
  }

  /** Keys that have expired, and tickets of nodes that died before they could take them away. */
  tidy(now: number): Script {
    const keys = `SELECT scope, key FROM ${this.#schema}.keys WHERE expires_at <= $1::float8 LIMIT ${RECLAIM_CHUNK}`;
    const tickets = `SELECT id FROM ${this.#schema}.tickets WHERE made_at < $1::float8 LIMIT ${RECLAIM_CHUNK}`;
    const forgetKey = `DELETE FROM ${this.#schema}.keys
      WHERE scope = $1::text AND key = $2::text AND expires_at <= $3::float8`;
    const forgetTicket = `DELETE FROM ${this.#schema}.tickets WHERE id = $1::text`;
    return script(async (ask) => {
      const [expired, old] = await ask([
        { text: keys, values: [now] },
        { text: tickets, values: [Date.now() - TICKETS_LIVE_MS] },
      ]);
      const statements: Statement[] = [
        ...(expired?.rows ?? []).map(([scope = null, key = null]) => ({
          text: forgetKey,
          values: [scope, key, now],
        })),
        ...(old?.rows ?? []).map(([id = null]) => ({ text: forgetTicket, values: [id] })),
      ];
      await ask(statements);
      return statements.length >= RECLAIM_CHUNK;
    });
  }
}

function script(run: Script["run"]): Script {
  return { kind: "script", run };
}

function textsOf(answer: Answer | undefined): string[] {
  return (answer?.rows ?? []).map(([value]) => String(value));
}

function countOf(answers: readonly Answer[]): number {
  return answers.reduce((sum, answer) => sum + rowCount(answer), 0);
}

/** Whoever locks several rows takes them in one order. */
function byFirst([a]: (string | null)[], [b]: (string | null)[]): number {
  return (a ?? "") < (b ?? "") ? -1 : 1;
}
