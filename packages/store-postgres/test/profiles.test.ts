import { MemoryStore } from "@stepfast/store/memory";
import {
  differentialRun,
  makeRun,
  sharedStoreConformance,
  storeConformance,
} from "@stepfast-internal/store-testkit";
import { describe, expect, it } from "vitest";
import { type DatabaseProfile, openPostgresStore } from "../src/index.ts";
import { type TestDatabase, useDatabase } from "./database.ts";
import { FaultyLink } from "./faulty-link.ts";

/* PostgreSQL can do without what the profiles do without: they are forced on it. */

const SEEDS = Number(process.env.STEPFAST_SEEDS ?? 4);
const FRESH = Number(process.env.STEPFAST_SEED ?? Math.floor(Math.random() * 1_000_000_000));

/** What none of the three has, or not in the way in which PostgreSQL has it. */
const missing = [
  /SKIP LOCKED/,
  /pg_notify|\bLISTEN\b/,
  /pg_current_xact_id|pg_xact_status|txid_|::xid/,
  /pg_terminate_backend|pg_stat_activity|pg_locks|pg_advisory/,
  /nextval|_seq_seq/,
  // On rows that lie on several machines: those of apps, functions and paths lie on all of them.
  /unnest\((?![^)]*\)\s*ON CONFLICT \(id\) DO UPDATE SET (url|app_id))/,
  /FROM \w+\.runs[^;]* ANY [^;]* FOR (UPDATE|SHARE)/,
  /WITH \w+( \(\w+\))? AS (MATERIALIZED )?\((UPDATE|DELETE|INSERT)/,
];

/**
 * From now on every third transaction fails as on a database where others are in the way: half of them with its first
 * write, half of them when it commits. Which ones, their numbers say.
 */
async function failOften(database: TestDatabase): Promise<void> {
  await database.sql(`CREATE OR REPLACE FUNCTION {schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE luck INTEGER := hashint8(pg_current_xact_id()::text::bigint) & 1023;
    BEGIN
      IF current_setting('application_name') <> TG_TABLE_SCHEMA THEN RETURN NULL; END IF;
      IF luck < 170 AND TG_ARGV[0] = 'write' OR luck > 853 AND TG_ARGV[0] = 'commit'
        THEN RAISE EXCEPTION 'restart transaction' USING ERRCODE = '40001'; END IF;
      RETURN NULL;
    END $$`);
  for (const table of ["runs", "events", "steps", "messages", "sessions", "waits"]) {
    await database.sql(`CREATE TRIGGER fail_write AFTER INSERT OR UPDATE OR DELETE ON {schema}.${table}
      FOR EACH STATEMENT EXECUTE FUNCTION {schema}.fail('write')`);
    await database.sql(`CREATE CONSTRAINT TRIGGER fail_commit AFTER INSERT OR UPDATE ON {schema}.${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.fail('commit')`);
  }
}

function suiteOf(profile: DatabaseProfile): void {
  const database = useDatabase(profile);
  let isFailing = false;

  async function openFresh() {
    const opened = await database.openFresh();
    if (!isFailing) await failOften(database);
    isFailing = true;
    return opened;
  }

  storeConformance(`the ${profile} profile`, openFresh);
  const nodes = async () => {
    const { store } = await openFresh();
    return { here: store, there: await database.open() };
  };
  sharedStoreConformance(`the ${profile} profile`, nodes, { hasHints: profile === "citus" });

  async function runSeed(seed: number, url: string): Promise<void> {
    const model = new MemoryStore();
    const opened = await database.openFresh({ url });
    let { store } = opened;
    const reopen = async () => {
      model.reopen();
      store = await opened.reopen();
      return { model, store };
    };
    try {
      await differentialRun({ seed, model, store, rounds: 60, reopen, isCautious: true });
    } finally {
      await store.close();
    }
  }

  it(`memory and the ${profile} profile answer the same (${SEEDS} seeds from ${FRESH}), and nothing is asked that is missing`, {
    timeout: 300_000,
  }, async () => {
    const link = await FaultyLink.start(database.url);
    const asked = new Set<string>();
    link.onRequest = (chunk) => {
      for (const [text] of chunk.toString("latin1").matchAll(/(SELECT|INSERT|UPDATE|DELETE|WITH) [^\0]+/g))
        if (text.length > 20) asked.add(text.replaceAll(/\s+/g, " "));
      return "pass";
    };
    for (let i = 0; i < SEEDS; i++) await runSeed(FRESH + i, link.url);
    await link.stop();
    expect(asked.size).toBeGreaterThan(30);
    const isHint = (text: string) => profile === "citus" && text.startsWith("SELECT pg_notify");
    const isWrong = (text: string) => !isHint(text) && missing.some((pattern) => pattern.test(text));
    expect([...asked].filter(isWrong)).toEqual([]);
  });
}

for (const profile of ["citus", "yugabytedb", "cockroachdb"] as const) suiteOf(profile);

describe("a schema", () => {
  const database = useDatabase("citus");

  it("keeps the profile with which it was made", async () => {
    const { store } = await database.openFresh();
    await store.close();
    for (const profile of ["postgres", "cockroachdb"] as const) {
      const opened = openPostgresStore({ url: database.url, schema: database.schema, profile });
      await expect(opened).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringContaining("citus"),
      });
    }
  });

  it("is not opened with a profile that there is not", async () => {
    const profile = "oracle" as DatabaseProfile;
    const opened = openPostgresStore({ url: database.url, schema: database.schema, profile });
    await expect(opened).rejects.toMatchObject({ code: "invalid_config" });
  });

  it("gets rid of keys that have expired, and of tickets", async () => {
    const { store } = await database.openFresh();
    const keys = Array.from({ length: 700 }, (_, i) => ({
      scope: "s",
      key: `k${i}`,
      value: "v",
      createdAt: 0,
      expiresAt: i < 600 ? 10 : 99_000,
    }));
    await store.commit({ keys, newRuns: [makeRun({ id: "r1" })] });
    for (let i = 0; i < 5; i++) await store.commit({ runs: [{ id: "r1", attempt: i }] });
    await store.reclaim({ now: 1_000 });
    const count = async (table: string) =>
      (await database.sql(`SELECT count(*)::int AS n FROM {schema}.${table}`))[0]?.n;
    expect(await count("keys")).toBe(100);
    expect(await count("tickets")).toBeLessThan(3);
    await store.close();
  });
});
