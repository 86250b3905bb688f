import { makeMessage, makeRun } from "@stepfast-internal/store-testkit";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Connections } from "../src/connection/connections.ts";
import { type DatabaseProfile, profileOf } from "../src/profile.ts";
import { Doubts } from "../src/writer/doubts.ts";
import type { TransactionName } from "../src/writer/names.ts";
import { useDatabase } from "./database.ts";
import { FaultyLink } from "./faulty-link.ts";

const unavailable = { code: "store_unavailable" };
const database = useDatabase();

describe("a transaction in doubt", () => {
  let connections: Connections;
  let doubts: Doubts;
  /** Under way, and nobody's doubt is about it. */
  let bystander: pg.Client;
  let name: Extract<TransactionName, { kind: "process" }>;
  beforeEach(async () => {
    const { store } = await database.openFresh();
    await store.close();
    connections = new Connections({ url: database.url, max: 2, answerTimeoutMs: 5_000 });
    doubts = new Doubts(connections, { schema: database.schema, profile: profileOf() });
    bystander = new pg.Client({ connectionString: database.url });
    bystander.on("error", () => {});
    await bystander.connect();
    await bystander.query("BEGIN");
    const { rows } = await bystander.query(`SELECT pg_backend_pid()::text AS pid,
      pg_current_xact_id()::xid::text AS xid, extract(epoch FROM pg_postmaster_start_time())::text AS server`);
    name = { kind: "process", pid: rows[0].pid, xid: rows[0].xid, serverStart: rows[0].server };
  });
  afterEach(async () => {
    await connections.close();
    await bystander.end().catch(() => {});
  });

  const goesOn = () => bystander.query("SELECT 1").then(({ rowCount }) => rowCount === 1);

  it("that is under way is ended, so that nothing of it comes late", async () => {
    doubts.add(name, []);
    await doubts.settle();
    await expect(goesOn()).rejects.toThrow();
    expect(doubts.settle()).toBeUndefined();
  });

  it.each<[string, Partial<typeof name>]>([
    ["before the server was started again", { serverStart: "1700000000.000000" }],
    ["of a process that had its number before", { pid: "1" }],
    ["of the same process, that has ended", { xid: "3" }],
  ])("%s does no harm to one whose numbers are alike", async (_what, differs) => {
    doubts.add({ ...name, ...differs }, []);
    await doubts.settle();
    expect(await goesOn()).toBe(true);
  });

  it("stays in doubt while the server cannot be asked", async () => {
    const link = await FaultyLink.start(database.url);
    const cut = new Connections({ url: link.url, max: 1, answerTimeoutMs: 5_000 });
    const far = new Doubts(cut, { schema: database.schema, profile: profileOf() });
    far.add(name, []);
    link.onRequest = () => "cut";
    await expect(far.settle()).rejects.toMatchObject(unavailable);
    expect(await goesOn()).toBe(true);
    link.onRequest = () => "pass";
    await far.settle();
    await expect(goesOn()).rejects.toThrow();
    await cut.close();
    await link.stop();
  });
});

it("a server that crashed and came back has nothing in doubt, and nobody's new work is ended for it", {
  timeout: 60_000,
}, async () => {
  if (process.env.TEST_DATABASE_URL !== undefined) return;
  const { store: other } = await database.openFresh();
  const link = await FaultyLink.start(database.url);
  const stores = await Promise.all([1, 2, 3].map(() => database.open({ url: link.url })));
  link.onRequest = (chunk) => (chunk.includes("COMMIT\0") ? "cut client" : "pass");
  const writes = stores.map((store, i) => store.commit({ newRuns: [makeRun({ id: `r${i}` })] }));
  for (const result of await Promise.allSettled(writes)) expect(result.status).toBe("rejected");
  await database.server.stop("SIGQUIT");
  await database.server.resume();
  await database.connect();
  link.onRequest = () => "pass";
  const newRuns = (i: number) => [makeRun({ id: `n${i}` })];
  // Whoever comes first gets the numbers that were lost; nobody may be taken for those who had them.
  const all = [other, ...stores];
  const again = await Promise.allSettled(all.map((store, i) => store.commit({ newRuns: newRuns(i) })));
  expect(again.map(({ status }) => status)).toEqual(all.map(() => "fulfilled"));
  expect((await other.listRuns({})).map(({ id }) => id)).toEqual(["n3", "n2", "n1", "n0"]);
  await Promise.all(all.map((store) => store.close()));
  await link.stop();
});

describe.each<DatabaseProfile>(["postgres", "citus", "yugabytedb", "cockroachdb"])(
  "with the profile %s",
  (profile) => {
    const ours = useDatabase(profile);
    const isCommit = (chunk: Buffer) => chunk.includes("COMMIT\0");

    /** A store behind a link, beside one that sees everything. */
    async function nodes() {
      const { store: other } = await ours.openFresh();
      await other.commit({ newRuns: [makeRun({ id: "r0", wakeAt: 0 })] });
      const link = await FaultyLink.start(ours.url);
      const store = await ours.open({ url: link.url, answerTimeoutMs: 2_000 });
      const close = async () => {
        await Promise.all([other.close(), store.close()]);
        await link.stop();
      };
      return { other, link, store, close };
    }

    it("a claim whose answer was lost is known or will never be, once anything else is answered", async () => {
      const { link, store, close } = await nodes();
      await store.heartbeat({ owner: "a", now: 1_000, until: 9_000 });
      link.onRequest = (chunk) => (isCommit(chunk) ? "cut client" : "pass");
      await expect(store.claim({ owner: "a", now: 1_000, limit: 1 })).rejects.toMatchObject(unavailable);
      link.onRequest = () => "pass";
      const [found] = await store.listRuns({});
      const open = await ours.sql(`SELECT 1 FROM pg_stat_activity
      WHERE application_name = '{schema}' AND state LIKE 'idle in transaction%' AND backend_xid IS NOT NULL`);
      if (profile === "postgres") expect(open).toEqual([]);
      expect(found?.owner).toBeNull();
      expect((await store.claim({ owner: "a", now: 1_000, limit: 1 })).map(({ id }) => id)).toEqual(["r0"]);
      await close();
    });

    it.each(["request", "answer"] as const)(
      "a commit's %s is lost: it is there or not, for good",
      async (what) => {
        const { link, store, other, close } = await nodes();
        const lose = (chunk: Buffer) => (isCommit(chunk) ? "cut" : "pass");
        if (what === "request") link.onRequest = lose;
        else link.onAnswer = lose;
        const write = store.commit({ messages: [makeMessage({ id: "m1", runId: "r0" })] });
        await expect(write).rejects.toMatchObject(unavailable);
        link.onRequest = () => "pass";
        link.onAnswer = () => "pass";
        const messages = async () => (await store.loadRun("r0"))?.messages.map(({ id }) => id);
        expect(await messages()).toEqual(what === "request" ? [] : ["m1"]);
        expect(await other.commit({ runs: [{ id: "r0", attempt: 3 }] })).toEqual({ ok: true });
        expect(await store.commit({ messages: [makeMessage({ id: "m2", runId: "r0" })] })).toEqual({
          ok: true,
        });
        expect(await messages()).toEqual(what === "request" ? ["m2"] : ["m1", "m2"]);
        await close();
      },
    );
  },
);
