import type { Store } from "@stepfast/store";
import { makeMessage, makeOwnedRun, makeRun, makeStep } from "@stepfast-internal/store-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Connections } from "../src/connection/connections.ts";
import { tuningFor } from "../src/connection/tuning.ts";
import { useDatabase } from "./database.ts";
import { FaultyLink } from "./faulty-link.ts";

const database = useDatabase();
const unavailable = { code: "store_unavailable" };

describe("a store whose connection is lost", () => {
  let link: FaultyLink;
  let store: Store;
  let other: Store;
  beforeEach(async () => {
    other = (await database.openFresh()).store;
    await other.commit({ newRuns: [makeRun({ id: "r0" })] });
    link = await FaultyLink.start(database.url);
    store = await database.open({ url: link.url, answerTimeoutMs: 1_000 });
  });
  afterEach(async () => {
    await Promise.all([store.close(), other.close()]);
    await link.stop();
  });

  const write = () => store.commit({ newRuns: [makeRun({ id: "r1" })], runs: [{ id: "r0", attempt: 7 }] });
  const isCommit = (chunk: Buffer) => chunk.includes("COMMIT\0");

  /** Interferes once. */
  function once(test: (chunk: Buffer) => boolean, verdict: "cut" | "cut client" | "hold") {
    let isDone = false;
    return (chunk: Buffer) => {
      if (isDone || !test(chunk)) return "pass";
      isDone = true;
      return verdict;
    };
  }

  it("when the commit's acknowledgement is dropped, reports doubt; the write is there as a whole", async () => {
    link.onAnswer = once(isCommit, "cut");
    await expect(write()).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/there or not/),
    });
    expect([(await store.getRun("r0"))?.attempt, (await store.getRun("r1"))?.id]).toEqual([7, "r1"]);
  });

  it("when the commit never arrives, reports doubt; nothing of the write is there", async () => {
    link.onRequest = once(isCommit, "cut");
    await expect(write()).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/there or not/),
    });
    expect([(await store.getRun("r0"))?.attempt, await store.getRun("r1")]).toEqual([0, null]);
    expect(await write()).toEqual({ ok: true });
  });

  it("does not go on before the server is done with a transaction in doubt", async () => {
    // The server keeps its end: the transaction would hold its locks until the server gives up on its client.
    link.onRequest = once(isCommit, "cut client");
    await expect(write()).rejects.toMatchObject(unavailable);
    expect(await store.getRun("r1")).toBeNull();
    const open = `SELECT count(*) AS n FROM pg_stat_activity
      WHERE state = 'idle in transaction' AND application_name = '{schema}'`;
    expect((await database.sql(open))[0]?.n).toBe("0");
    expect(await write()).toEqual({ ok: true });
  });

  it("rejects what waits behind a write in doubt: it may build on it", async () => {
    link.onRequest = once(isCommit, "cut");
    const first = write();
    await new Promise((resolve) => setImmediate(resolve));
    const second = store.commit({ messages: [makeMessage({ id: "m1", runId: "r0" })] });
    await expect(first).rejects.toMatchObject(unavailable);
    await expect(second).rejects.toMatchObject(unavailable);
    expect((await store.loadRun("r0"))?.messages).toEqual([]);
  });

  describe("while it writes to a run that it holds, in one round trip", () => {
    const lease = { kind: "lease", runId: "r5", owner: "a", epoch: 1 } as const;
    const step = (no: number) => ({ guards: [lease], steps: [makeStep({ runId: "r5", no })] });

    beforeEach(async () => {
      await store.commit({ newRuns: [makeOwnedRun({ id: "r5", owner: "a" })] });
      expect(await store.commit(step(0))).toEqual({ ok: true });
    });

    it.each(["request", "answer"] as const)("gives the run up when the %s is lost", async (which) => {
      // Nothing names the commit on a connection that has made one before; its row does.
      const isStep = (chunk: Buffer) => chunk.includes(which === "request" ? "hash-1" : "COMMIT\0");
      if (which === "request") link.onRequest = once(isStep, "cut");
      else link.onAnswer = once(isStep, "cut");
      await expect(store.commit(step(1))).rejects.toMatchObject(unavailable);
      expect(await store.getRun("r5")).toMatchObject({ owner: null, wakeAt: 0, epoch: 1 });
      expect((await store.loadRun("r5"))?.steps.length).toBe(which === "request" ? 1 : 2);
      expect(await store.commit(step(2))).toEqual({ ok: false, conflict: { kind: "guard", guard: lease } });
      expect((await store.claim({ owner: "a", now: 0, limit: 1 }))[0]).toMatchObject({ id: "r5", epoch: 2 });
    });

    it("notices that another node has taken the run", async () => {
      await other.reclaim({ now: 1 });
      await other.claim({ owner: "b", now: 1, limit: 9 });
      expect(await store.commit(step(1))).toEqual({ ok: false, conflict: { kind: "guard", guard: lease } });
      expect((await store.loadRun("r5"))?.steps.length).toBe(1);
    });

    it("notices that another node has written a step", async () => {
      await other.commit({ steps: [makeStep({ runId: "r5", no: 1, output: "theirs" })] });
      const conflict = { kind: "step", runId: "r5", stepId: "hash-1" };
      expect(await store.commit(step(1))).toEqual({ ok: false, conflict });
      expect(await store.commit(step(2))).toEqual({ ok: true });
      expect((await store.loadRun("r5"))?.steps.map(({ output }) => output)).toEqual([
        '{"data":1}',
        "theirs",
        '{"data":1}',
      ]);
    });
  });

  it("before the commit was sent, tries again by itself", async () => {
    link.onRequest = once((chunk) => chunk.includes("FOR UPDATE"), "cut");
    expect(await write()).toEqual({ ok: true });
    expect((await store.getRun("r0"))?.attempt).toBe(7);
  });

  it("when the server has no connection left for a moment, waits for one", async () => {
    await database.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{schema}'",
    );
    let refused = 0;
    link.onRequest = (chunk) => {
      if (!chunk.includes("user\0") || refused === 3) return "pass";
      refused++;
      return fatal(refused === 1 ? "57P03" : "53300", "sorry, too many clients already");
    };
    expect([await write(), refused]).toEqual([{ ok: true }, 3]);
  });

  it("when no answer comes, does not wait for ever", async () => {
    link.onAnswer = once(isCommit, "hold");
    await expect(write()).rejects.toMatchObject(unavailable);
    expect((await store.getRun("r1"))?.id).toBe("r1");
  });

  it("whose idle connections were ended, reads and writes on new ones", async () => {
    await store.getRun("r0");
    await database.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{schema}'",
    );
    expect((await store.getRun("r0"))?.id).toBe("r0");
    expect(await write()).toEqual({ ok: true });
  });

  it("that leads to where nothing can be written any more, as a pooler's may, writes on a new one", async () => {
    const name = (await database.sql("SELECT quote_ident(current_database()) AS name"))[0]?.name;
    await database.sql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{schema}'`;
    try {
      await database.sql(ended);
      await store.getRun("r0");
      const readOnly = {
        ...unavailable,
        message: expect.stringMatching(/read-only.*nothing of it was written/),
      };
      await expect(write()).rejects.toMatchObject(readOnly);
      await store.getRun("r0");
    } finally {
      await database.sql(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    }
    expect(await write()).toEqual({ ok: true });
    expect(await store.heartbeat({ owner: "a", now: 1, until: 2 })).toBe(true);
  });

  it("to a server that stops like by a crash, refuses, and goes on when the server is back", async () => {
    if (process.env.TEST_DATABASE_URL !== undefined) return;
    await write();
    await database.server.stop("SIGQUIT");
    await expect(store.commit({ runs: [{ id: "r0", attempt: 8 }] })).rejects.toMatchObject(unavailable);
    await expect(store.getRun("r0")).rejects.toMatchObject(unavailable);
    await database.server.resume();
    await database.connect();
    expect((await store.getRun("r0"))?.attempt).toBe(7);
    expect(await store.commit({ runs: [{ id: "r0", attempt: 8 }] })).toEqual({ ok: true });
  });

  it("to a server that comes back as a replica, neither writes nor reads what may be out of date", async () => {
    if (process.env.TEST_DATABASE_URL !== undefined) return;
    await database.server.stop("SIGQUIT");
    await database.server.resumeAsReplica();
    const replica = { ...unavailable, message: expect.stringMatching(/replica/) };
    await expect(store.getRun("r0")).rejects.toMatchObject(replica);
    await expect(write()).rejects.toMatchObject(replica);
    await database.server.stop();
    await database.server.resume();
    await database.connect();
    expect((await store.getRun("r0"))?.id).toBe("r0");
    expect(await write()).toEqual({ ok: true });
  });
});

describe("a batch", () => {
  it("with values that the database does not take fails for these alone", async () => {
    const { store } = await database.openFresh();
    const results = await Promise.allSettled([
      store.commit({ newRuns: [makeRun({ id: "r1" })] }),
      store.commit({ newRuns: [makeRun({ id: "r2", attempt: 1e12 })] }),
      store.commit({ newRuns: [makeRun({ id: "r3" })] }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { code: "internal" } });
    expect((await store.listRuns({})).map(({ id }) => id)).toEqual(["r3", "r1"]);
    await store.close();
  });

  it("waits for a row that another holds, and is not stopped by a deadlock", async () => {
    const { store } = await database.openFresh();
    await store.commit({ newRuns: [makeRun({ id: "r1" }), makeRun({ id: "r2" })] });
    await database.sql("BEGIN; SELECT 1 FROM {schema}.runs WHERE id = 'r2' FOR UPDATE");
    const both = store.commit({
      runs: [
        { id: "r1", attempt: 1 },
        { id: "r2", attempt: 1 },
      ],
    });
    const crossed = database.sql("SELECT 1 FROM {schema}.runs WHERE id = 'r1' FOR UPDATE").catch(() => {});
    await crossed;
    await database.sql("ROLLBACK");
    expect(await both).toEqual({ ok: true });
    expect((await store.getRun("r2"))?.attempt).toBe(1);
    await store.close();
  });
});

it("behind a pooler that loses prepared statements, statements are sent without names", async () => {
  const connections = new Connections({ url: database.url, max: 1, answerTimeoutMs: 5_000 });
  const question = [{ text: "SELECT 1" }];
  await connections.read(question);
  await connections.read([{ text: "DEALLOCATE ALL" }]);
  const [answer] = await connections.read(question);
  expect([answer?.rows, connections.isNamed]).toEqual([[["1"]], false]);
  await connections.close();
});

/** A server's last words. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5, "E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

describe("a pooler", () => {
  const tuning = tuningFor({ isPostgres: true, isolation: "READ COMMITTED" });

  async function isTunedBehind(onRequest: FaultyLink["onRequest"]): Promise<boolean[]> {
    const link = await FaultyLink.start(database.url);
    link.onRequest = onRequest;
    const connections = new Connections({ url: link.url, max: 2, answerTimeoutMs: 5_000, tuning });
    const both = await Promise.all([connections.open(), connections.open()]);
    for (const connection of both) connection.release();
    await connections.close();
    await link.stop();
    return both.map(({ isTuned }) => isTuned);
  }

  it("that passes startup options on spares each transaction its settings", async () => {
    expect(await isTunedBehind(() => "pass")).toEqual([true, true]);
  });

  it("that refuses them is used without", async () => {
    const refusal = fatal("08P01", "unsupported startup parameter: options");
    const refuse = (chunk: Buffer) => (chunk.includes("options\0") ? refusal : "pass");
    expect(await isTunedBehind(refuse)).toEqual([false, false]);
  });

  it("that drops them is found out", async () => {
    const drop = (chunk: Buffer) => {
      const from = chunk.indexOf("-c plan_cache_mode");
      if (from !== -1) chunk.fill(" ", from, chunk.indexOf("\0", from));
      return "pass" as const;
    };
    expect(await isTunedBehind(drop)).toEqual([false, false]);
  });
});

it("leases live in the database's time, whatever the nodes' clocks say", async () => {
  const { store } = await database.openFresh();
  const node = await database.open({ leaseClock: "database" });
  await node.heartbeat({ owner: "slow", now: 5, until: 60_005 });
  await node.heartbeat({ owner: "dead", now: 5_000, until: 4_999 });
  const newRuns = [makeOwnedRun({ id: "r1", owner: "slow" }), makeOwnedRun({ id: "r2", owner: "dead" })];
  await node.commit({ newRuns });
  expect(await node.reclaim({ now: 9_999_999_999_999 })).toBe(1);
  expect([await node.getRun("r1"), await node.getRun("r2")]).toMatchObject([
    { owner: "slow" },
    { owner: null, wakeAt: 9_999_999_999_999 },
  ]);
  await Promise.all([store.close(), node.close()]);
});

it("a heartbeat waits neither for the batch that is being written nor for reads that do not come to an end", async () => {
  const { store: first } = await database.openFresh();
  await first.close();
  const store = await database.open({ leaseClock: "database" });
  await store.heartbeat({ owner: "busy", now: 1_000, until: 61_000 });
  await database.sql("BEGIN");
  await database.sql("LOCK TABLE {schema}.runs IN ACCESS EXCLUSIVE MODE");
  const held = [
    store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "busy" })] }),
    ...Array.from({ length: 20 }, () => store.listRuns({ order: "asc", limit: 1 })),
  ];
  let areOver = false;
  const over = Promise.all(held).finally(() => {
    areOver = true;
  });
  expect(await store.heartbeat({ owner: "busy", now: 2_000, until: 62_000 })).toBe(true);
  expect(areOver).toBe(false);
  await database.sql("ROLLBACK");
  await over;
  expect(await store.getRun("r1")).toMatchObject({ owner: "busy" });
  await store.close();
});
