import type { Statement } from "./pipeline.ts";

/**
 * Plans go by index whatever the tables' size was when they were made. A node that stops in the middle of a transaction,
 * or that waits for one that has, does not keep others waiting long.
 */
const settings: Record<string, string> = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
  lock_timeout: "5s",
  idle_in_transaction_session_timeout: "2s",
};
const all = Object.entries(settings);

/** For a connection from its beginning. A pooler may refuse it, or not pass it on. */
export const startupOptions = all.map(([name, value]) => `-c ${name}=${value}`).join(" ");

/** For one transaction: that holds behind any pooler, but is asked every time. */
export const transactionSettings: Statement = {
  text: `SELECT ${all.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(", ")}`,
};

/** What a new connection is asked: where it leads, and whether the options have arrived. */
export const admission = `SELECT pg_is_in_recovery() AS replica,
  ${all.map(([name, value]) => `current_setting('${name}') = '${value}'`).join(" AND ")} AS tuned`;

/** PgBouncer's answer to a startup parameter that it does not know. */
export function refusesOptions(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "08P01" && /startup parameter/.test(String(message));
}
