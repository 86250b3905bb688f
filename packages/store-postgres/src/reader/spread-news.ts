import type { MessageRow, News, Peer } from "@stepfast/store";
import { messageColumns, toRow } from "../columns.ts";
import type { Answer, SqlRow, Statement } from "../connection/pipeline.ts";
import { live } from "../writer/sessions.ts";
import { spreadLeaseTime } from "../writer/spread-sessions.ts";

/** As `newsQuery`, in one round trip: each statement is about tables that lie together. */
export function spreadNewsQueries(schema: string, owner: string, now: number | null): Statement[] {
  const messages = messageColumns.names.map((name) => `m.${name}`).join(", ");
  return [
    {
      text: `SELECT wake_at FROM ${schema}.runs WHERE wake_at IS NOT NULL AND owner IS NULL AND ${live}
        ORDER BY wake_at LIMIT 1`,
    },
    { text: `SELECT version FROM ${schema}.registry WHERE id = 1` },
    {
      text: `SELECT owner, given_up, until <= ${spreadLeaseTime}, url, apps FROM ${schema}.sessions ORDER BY owner`,
      values: [now],
    },
    { text: `SELECT DISTINCT owner FROM ${schema}.runs WHERE owner IS NOT NULL AND ${live}` },
    {
      text: `SELECT ${messages} FROM ${schema}.runs r JOIN ${schema}.messages m ON m.run_id = r.id
        WHERE r.owner = $1::text AND r.owner IS NOT NULL AND r.${live} ORDER BY m.seq, m.created_at, m.run_id`,
      values: [owner],
    },
    { text: `SELECT due_at FROM ${schema}.gates WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1` },
  ];
}

interface Session extends Peer {
  isGivenUp: boolean;
  hasLapsed: boolean;
}

export function spreadNewsOf(answers: Answer[], self: string): News {
  const [wakes, versions, sessionRows, holders, messages, gates] = answers.map(({ rows }) => rows);
  const wakeAt = wakes?.[0]?.[0] ?? null;
  const gateAt = gates?.[0]?.[0] ?? null;
  const sessions = (sessionRows ?? []).map(toSession);
  const givenUp = new Set(sessions.flatMap(({ owner, isGivenUp }) => (isGivenUp ? [owner] : [])));
  const leftOver = (holders ?? []).some(([owner]) => givenUp.has(String(owner)));
  const peers = sessions.filter(({ owner, isGivenUp }) => owner !== self && !isGivenUp);
  return {
    wakeAt: wakeAt === null ? null : Number(wakeAt),
    gateAt: gateAt === null ? null : Number(gateAt),
    registryVersion: Number(versions?.[0]?.[0]),
    hasLapsed: leftOver || sessions.some(({ isGivenUp, hasLapsed }) => hasLapsed && !isGivenUp),
    peers: peers.map(({ owner, url, apps }) => ({ owner, url, apps })),
    messages: (messages ?? []).map((values): MessageRow => toRow(messageColumns, values)),
  };
}

function toSession([owner, givenUp, lapsed, url = null, apps]: SqlRow): Session {
  return {
    owner: String(owner),
    isGivenUp: givenUp === "t",
    hasLapsed: lapsed === "t",
    url,
    apps: JSON.parse(String(apps)),
  };
}
