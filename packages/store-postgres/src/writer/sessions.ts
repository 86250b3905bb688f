import type { NodeFacts, RunRow } from "@stepfast/store";
import { runColumns, toRow } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import { type Answer, rowCount, type SqlRow } from "../connection/pipeline.ts";
import type { Call, Script } from "./request.ts";

/** As the partial indexes of `runs` have it. */
export const live = "status IN ('queued', 'running')";

/** Whose time a session's lease is measured in. Both in milliseconds. */
export type LeaseClock = "database" | "caller";

/** The time of leases; the first parameter is the caller's `now`, or null for the database's own. */
export const leaseTime = "coalesce($1::float8, extract(epoch FROM clock_timestamp())::float8 * 1000)";

export interface Heartbeat {
  owner: string;
  now: number;
  until: number;
  node?: NodeFacts;
}

export interface Claim {
  owner: string;
  now: number;
  limit: number;
  exceptApps?: string[];
}

export const UNKNOWN: NodeFacts = { url: null, apps: [] };
/** How long a session that was given up is remembered. */
export const REMEMBERED_MS = 24 * 3_600_000;

/** Runs that a `reclaim` takes away at most: its locks are held for a moment only. */
export const RECLAIM_CHUNK = 500;

/** What a part of a `reclaim` came to. */
export interface Reclaimed {
  count: number;
  /** There may be more. */
  isPartial: boolean;
  /** Some were left because somebody is writing to them. */
  areHeld: boolean;
}

/** As {@link SessionCalls} and the like: what a store asks for sessions and who holds runs. */
export interface Sessions {
  heartbeat(params: Heartbeat): Call;
  reclaim(now: number): Call | Script;
  endSession(params: { owner: string; now: number }): Call | Script;
  free(params: { owner: string; now: number }): Call | Script;
  giveUpAll(): Call;
  freeAny(): Call | Script;
  claim(params: Claim): Call | Script;
  unblock(params: Unblock): Call | Script;
  /** Takes away what is of no use any more, a part at a time: whether there may be more. */
  tidy(now: number): Script | undefined;
}

export interface Unblock {
  functionIds: string[];
  blocked: string;
  now: number;
}

/** Calls about sessions and about who holds runs. Their runs' deadlines are always the caller's times. */
export class SessionCalls implements Sessions {
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
    const sessions = `${this.#schema}.sessions`;
    const text = `INSERT INTO ${sessions} AS s (owner, until, given_up, url, apps)
      VALUES ($2, ${leaseTime} + $3::float8, false, $4, $5)
      ON CONFLICT (owner) DO UPDATE SET until = excluded.until, url = excluded.url, apps = excluded.apps
      WHERE NOT s.given_up`;
    const values = [this.#time(now), owner, until - now, node.url, JSON.stringify(node.apps)];
    const decode: Call["decode"] = ([answer]) => rowCount(answer) > 0;
    return { kind: "call", statements: [{ text, values }], decode, isTimeless: true };
  }

  /**
   * Takes {@link RECLAIM_CHUNK} runs away at most. Those that somebody is writing to at the moment are left for the next
   * time. Sessions that were given up are remembered for a day: a node that slept longer finds its runs gone anyway.
   */
  reclaim(now: number): Call & { decode: (answers: Answer[]) => Reclaimed } {
    const sessions = `${this.#schema}.sessions`;
    // The owners of live runs are found one by one in the index, however many runs each owns.
    const text = `WITH RECURSIVE
      given_up AS (UPDATE ${sessions} SET given_up = true WHERE until <= ${leaseTime} AND NOT given_up RETURNING owner),
      forgotten AS (DELETE FROM ${sessions} WHERE given_up AND until < ${leaseTime} - ${REMEMBERED_MS}),
      owners (owner) AS (
        (SELECT owner FROM ${this.#schema}.runs WHERE owner IS NOT NULL AND ${live} ORDER BY owner LIMIT 1)
        UNION ALL
        SELECT (SELECT r.owner FROM ${this.#schema}.runs r
          WHERE r.owner IS NOT NULL AND r.${live} AND r.owner > o.owner ORDER BY r.owner LIMIT 1)
        FROM owners o WHERE o.owner IS NOT NULL),
      dead AS MATERIALIZED (SELECT o.owner FROM owners o WHERE o.owner IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM ${sessions} s WHERE s.owner = o.owner AND NOT s.given_up
          AND s.owner NOT IN (SELECT g.owner FROM given_up g))),
      found AS MATERIALIZED (SELECT r.id FROM dead d JOIN ${this.#schema}.runs r ON r.owner = d.owner
        WHERE r.owner IS NOT NULL AND r.${live} LIMIT ${RECLAIM_CHUNK} FOR UPDATE OF r SKIP LOCKED),
      taken AS (UPDATE ${this.#schema}.runs r SET owner = NULL, wake_at = $2::float8, blocked = NULL
        FROM found WHERE r.id = found.id)
      SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM (SELECT 1 FROM dead d
        JOIN ${this.#schema}.runs r ON r.owner = d.owner
        WHERE r.owner IS NOT NULL AND r.${live} LIMIT ${RECLAIM_CHUNK}) AS all_of_them)`;
    const statements = [{ text, values: [this.#time(now), now] }];
    const decode = ([answer]: Answer[]): Reclaimed => {
      const [count = 0, there = 0] = (answer?.rows[0] ?? []).map(Number);
      return { count, isPartial: count === RECLAIM_CHUNK, areHeld: count < there };
    };
    return { kind: "call", statements, decode, isTimeless: true };
  }

  /** What it held is for others now: the first part of it is given back with this. Returns how many. */
  endSession({ owner, now }: { owner: string; now: number }): Call {
    const text = `INSERT INTO ${this.#schema}.sessions (owner, until, given_up, apps) VALUES ($2, ${leaseTime}, true, '[]')
      ON CONFLICT (owner) DO UPDATE SET until = excluded.until, given_up = true`;
    const { statements } = this.free({ owner, now });
    const end = { text, values: [this.#time(now), owner] };
    return { kind: "call", statements: [end, ...statements], decode: ([, freed]) => rowCount(freed) };
  }

  /** Gives back {@link RECLAIM_CHUNK} runs at most. Returns how many. */
  free({ owner, now }: { owner: string; now: number }): Call {
    const text = `WITH found AS MATERIALIZED (SELECT id FROM ${this.#schema}.runs
        WHERE owner = $1 AND owner IS NOT NULL AND ${live} ORDER BY id LIMIT ${RECLAIM_CHUNK} FOR UPDATE)
      UPDATE ${this.#schema}.runs r SET owner = NULL, wake_at = $2::float8, blocked = NULL
      FROM found WHERE r.id = found.id`;
    return {
      kind: "call",
      statements: [{ text, values: [owner, now] }],
      decode: ([answer]) => rowCount(answer),
    };
  }

  /** Every session, as if its lease had ended: {@link freeAny} gives back their runs. */
  giveUpAll(): Call {
    const text = `UPDATE ${this.#schema}.sessions SET given_up = true WHERE NOT given_up`;
    return { kind: "call", statements: [{ text }], decode: () => undefined };
  }

  /** Gives back {@link RECLAIM_CHUNK} runs at most, due since the beginning of time. Returns how many. */
  freeAny(): Call {
    const text = `WITH found AS MATERIALIZED (SELECT id FROM ${this.#schema}.runs
        WHERE owner IS NOT NULL AND ${live} LIMIT ${RECLAIM_CHUNK} FOR UPDATE)
      UPDATE ${this.#schema}.runs r SET owner = NULL, wake_at = 0, blocked = NULL
      FROM found WHERE r.id = found.id`;
    return { kind: "call", statements: [{ text }], decode: ([answer]) => rowCount(answer) };
  }

  claim({ owner, now, limit, exceptApps = [] }: Claim): Call {
    const columns = runColumns.names.map((name) => `r.${name}`).join(", ");
    const text = `WITH due AS MATERIALIZED (SELECT id, wake_at, blocked FROM ${this.#schema}.runs
        WHERE wake_at IS NOT NULL AND owner IS NULL AND ${live} AND wake_at <= $2::float8
          AND NOT (app_id = ANY ($4::text[])) AND NOT EXISTS (SELECT 1 FROM ${this.#schema}.sessions s WHERE s.owner = $1 AND s.given_up)
        ORDER BY wake_at, id LIMIT $3::int FOR UPDATE SKIP LOCKED)
      UPDATE ${this.#schema}.runs r SET owner = $1, epoch = r.epoch + 1, wake_at = NULL, blocked = NULL
      FROM due WHERE r.id = due.id RETURNING due.wake_at, due.blocked, ${columns}`;
    return {
      kind: "call",
      statements: [{ text, values: [owner, now, Math.max(0, limit), textArray(exceptApps)] }],
      decode: ([answer]) => claimedRuns(answer?.rows ?? []),
    };
  }

  /** Commits do it by the way. */
  tidy(): undefined {
    return undefined;
  }

  unblock({ functionIds, blocked, now }: Unblock): Call {
    // Only these reasons are in the index; runs that wait for their steps are found by their function.
    const isIndexed = blocked === "waiting" ? "" : "AND blocked IS NOT NULL AND blocked <> 'waiting'";
    const text = `WITH found AS MATERIALIZED (SELECT id, wake_at FROM ${this.#schema}.runs
        WHERE blocked = $1 AND function_id = ANY ($2::text[]) AND owner IS NULL AND ${live} ${isIndexed}
        ORDER BY id FOR UPDATE),
      woken AS (UPDATE ${this.#schema}.runs r SET wake_at = $3::float8 FROM found
        WHERE r.id = found.id AND (found.wake_at IS NULL OR found.wake_at > $3::float8))
      SELECT count(*) FROM found`;
    return {
      kind: "call",
      statements: [{ text, values: [blocked, textArray([...new Set(functionIds)]), now] }],
      decode: ([answer]) => Number(answer?.rows[0]?.[0] ?? 0),
    };
  }
}

/** In the order in which they were due. Each shows what blocked it before. */
export function claimedRuns(rows: SqlRow[]): RunRow[] {
  const claimed = rows.map((values) => ({
    dueAt: Number(values[0]),
    run: { ...toRow(runColumns, values, 2), blocked: values[1] ?? null },
  }));
  claimed.sort((a, b) => a.dueAt - b.dueAt || (a.run.id < b.run.id ? -1 : 1));
  return claimed.map(({ run }) => run);
}
