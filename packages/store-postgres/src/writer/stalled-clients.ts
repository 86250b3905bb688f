import type { Connections } from "../connection/connections.ts";
import type { Layout } from "../profile.ts";

/** Longer than any statement may wait for a lock. */
const STALLED_MS = 5_000;

/**
 * Ends transactions that hold runs and whose client has fallen silent in the middle of a message: the server's own
 * limit counts only between messages. Without the right to do so nothing happens.
 */
export async function endStalledClients(
  connections: Connections,
  { schema, profile }: Layout,
): Promise<void> {
  if (profile.isDistributed) return;
  const text = `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid()
      AND a.state = 'active' AND a.wait_event = 'ClientRead'
      AND a.xact_start < clock_timestamp() - ${STALLED_MS} * interval '1 millisecond'
      AND EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.relation = to_regclass($1::text))`;
  await connections.read([{ text, values: [`${schema}.runs`] }]).catch(() => {});
}
