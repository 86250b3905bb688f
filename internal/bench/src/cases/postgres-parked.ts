import type { RunRow, SharedStore } from "@stepfast/store";
import { openPostgresStore } from "@stepfast/store-postgres";
import { makeRun } from "@stepfast-internal/store-testkit";
import { PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import pg from "pg";
import type { Case } from "../case.ts";
import type { Figure } from "../figure.ts";
import { median } from "../statistics.ts";

const DAY_MS = 86_400_000;
/** Due runs, taken at once. */
const CLAIM = 10;
const OWNER = "bench";

interface Times {
  claim: number;
  news: number;
}

/** Medians of claims of due runs and of looks for news, one after the other. */
async function timed(store: SharedStore, rounds: number, prefix: string): Promise<Times> {
  const claims: number[] = [];
  const looks: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const now = Date.now();
    await store.heartbeat({ owner: OWNER, now, until: now + DAY_MS });
    const ids = Array.from({ length: CLAIM }, (_, i) => `${prefix}${round}-${i}`);
    await store.commit({ newRuns: ids.map((id) => makeRun({ id, wakeAt: now - 1 })) });
    const begunAt = performance.now();
    const runs = await store.claim({ owner: OWNER, now, limit: CLAIM });
    claims.push(performance.now() - begunAt);
    if (runs.length !== CLAIM) throw new Error(`claimed ${runs.length} runs instead of ${CLAIM}`);
    const lookedAt = performance.now();
    await store.news({ owner: OWNER, now });
    looks.push(performance.now() - lookedAt);
    await store.commit({ runs: runs.map(ended) });
  }
  return { claim: median(claims), news: median(looks) };
}

function ended({ id }: RunRow) {
  return { id, status: "completed", owner: null, wakeAt: null, endedAt: Date.now() } as const;
}

/** Runs that sleep for a month, as many as asked for. */
async function park(url: string, store: SharedStore, count: number): Promise<void> {
  await store.commit({ newRuns: [makeRun({ id: "parked", wakeAt: Date.now() + 30 * DAY_MS })] });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = `INSERT INTO stepfast.runs SELECT copy.* FROM stepfast.runs r, generate_series(2, $1::int) AS i
    CROSS JOIN LATERAL jsonb_populate_record(r, jsonb_build_object('id', 'parked-' || lpad(i::text, 9, '0'),
      'event_id', 'e' || i, 'wake_at', r.wake_at + i)) AS copy WHERE r.id = 'parked'`;
  await client.query(text, [count]);
  await client.query("VACUUM ANALYZE stepfast.runs");
  await client.end();
}

/** What a node's claims cost beside runs that sleep. */
export const postgresParked: Case = {
  name: "postgres-parked",
  async run({ smoke }) {
    const count = smoke ? 2_000 : 1_000_000;
    const rounds = smoke ? 5 : 500;
    const server = await PostgresServer.start();
    const store = await openPostgresStore({ url: server.url });
    try {
      await timed(store, rounds, "warm");
      const without = await timed(store, rounds, "without");
      await park(server.url, store, count);
      await timed(store, rounds, "again");
      return figures(without, await timed(store, rounds, "beside"), count);
    } finally {
      await store.close();
      await server.destroy();
    }
  },
};

function figures(without: Times, beside: Times, count: number): Figure[] {
  const where = `beside ${count.toLocaleString("en-US")} parked runs, p50`;
  const common = { unit: "ms", better: "less", goal: 1.5, goalIsRatio: true } as const;
  const limit = (value: number) => ({ name: "beside none", value });
  return [
    {
      name: `PostgreSQL, a claim of ${CLAIM} due runs ${where}`,
      value: beside.claim,
      ...common,
      limit: limit(without.claim),
    },
    {
      name: `PostgreSQL, a look for news ${where}`,
      value: beside.news,
      ...common,
      limit: limit(without.news),
    },
  ];
}
