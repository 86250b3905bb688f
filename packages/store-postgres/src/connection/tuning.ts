import type { Profile } from "../profile.ts";
import type { Statement } from "./pipeline.ts";

/**
 * Plans go by index whatever the tables' size was when they were made. A node that stops in the middle of a transaction,
 * or that waits for one that has, does not keep others waiting long.
 */
const limits = { lock_timeout: "5s", idle_in_transaction_session_timeout: "2s" };
const plans = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
};

/** What a store asks of its connections. */
export interface Tuning {
  isolation: Profile["isolation"];
  /** For a connection from its beginning. A pooler may refuse it, or not pass it on. */
  startupOptions: string;
  /** For one transaction: that holds behind any pooler, but is asked every time. */
  transactionSettings: Statement;
  /** What a new connection is asked: where it leads, and whether the options have arrived. */
  admission: string;
}

/** Other planners than PostgreSQL's know nothing of its settings. */
export function tuningFor({ isPostgres, isolation }: Pick<Profile, "isPostgres" | "isolation">): Tuning {
  const all = Object.entries(isPostgres ? { ...plans, ...limits } : limits);
  const given = all.map(([name, value]) => `current_setting('${name}') = '${value}'`);
  return {
    isolation,
    startupOptions: all.map(([name, value]) => `-c ${name}=${value}`).join(" "),
    transactionSettings: {
      text: `SELECT ${all.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(", ")}`,
    },
    admission: `SELECT pg_is_in_recovery() AS replica, ${given.join(" AND ")} AS tuned`,
  };
}

/** PgBouncer's answer to a startup parameter that it does not know. */
export function refusesOptions(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "08P01" && /startup parameter/.test(String(message));
}
