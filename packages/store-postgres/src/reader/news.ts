import type { MessageRow, News, Peer } from "@stepfast/store";
import { messageColumns, toRow } from "../columns.ts";
import type { Answer, SqlRow, Statement } from "../connection/pipeline.ts";
import { leaseTime } from "../writer/sessions.ts";

/** For how long after a session's end its runs are looked for. */
const LEFT_OVER_MS = 600_000;

/**
 * One statement, for a node asks every second. `now`: of leases; null is the database's own. A node's runs are found
 * first and then each run's messages, whatever the planner thinks of the tables' sizes.
 */
export function newsQuery(schema: string, owner: string, now: number | null): Statement {
  const messages = messageColumns.names.join(", ");
  const text = `SELECT
    (SELECT wake_at FROM ${schema}.runs WHERE wake_at IS NOT NULL AND owner IS NULL
      AND status IN ('queued', 'running') ORDER BY wake_at LIMIT 1),
    (SELECT version FROM ${schema}.registry WHERE id = 1),
    EXISTS (SELECT 1 FROM ${schema}.sessions WHERE NOT given_up AND until <= ${leaseTime}) OR ${leftOver(schema)},
    (SELECT json_agg(json_build_array(owner, url, apps::json) ORDER BY owner) FROM ${schema}.sessions
      WHERE NOT given_up AND owner <> $2),
    (SELECT json_agg(json_build_array(${messages}) ORDER BY seq)
      FROM (SELECT id AS held_id FROM ${schema}.runs WHERE owner = $2 AND owner IS NOT NULL
        AND status IN ('queued', 'running') OFFSET 0) held
      CROSS JOIN LATERAL (SELECT ${messages}, seq FROM ${schema}.messages WHERE run_id = held_id OFFSET 0) found),
    (SELECT due_at FROM ${schema}.gates WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)`;
  return { text, values: [now, owner] };
}

/** Whether the last `reclaim` left runs: somebody was writing to them, or they were too many. */
function leftOver(schema: string): string {
  return `EXISTS (SELECT 1 FROM ${schema}.sessions s WHERE s.given_up AND s.until > ${leaseTime} - ${LEFT_OVER_MS}
      AND EXISTS (SELECT 1 FROM ${schema}.runs r WHERE r.owner = s.owner AND r.owner IS NOT NULL
        AND r.status IN ('queued', 'running')))`;
}

export function newsOf(answer: Answer | undefined): News {
  const [wakeAt = null, version, lapsed, peers = null, messages = null, gateAt = null] =
    answer?.rows[0] ?? [];
  return {
    wakeAt: wakeAt === null ? null : Number(wakeAt),
    gateAt: gateAt === null ? null : Number(gateAt),
    registryVersion: Number(version),
    hasLapsed: lapsed === "t",
    peers: listOf(peers).map(toPeer),
    messages: listOf(messages).map((values): MessageRow => toRow(messageColumns, values as SqlRow)),
  };
}

function listOf(json: string | null): unknown[][] {
  return json === null ? [] : JSON.parse(json);
}

function toPeer([owner, url, apps]: unknown[]): Peer {
  return { owner, url, apps } as Peer;
}
