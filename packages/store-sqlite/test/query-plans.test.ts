import { join } from "node:path";
import type { ChangeSet, EventFilter, RunFilter } from "@stepfast/store";
import {
  makeEvent,
  makeGate,
  makeKey,
  makeMessage,
  makeOwnedRun,
  makeRun,
  makeStep,
  makeWait,
} from "@stepfast-internal/store-testkit";
import { describe, expect, it } from "vitest";
import { type Database, getRows, openDatabase, prepare, type Statement } from "../src/driver.ts";
import { encodeChangeSet } from "../src/encode.ts";
import { type Request, requestKinds } from "../src/message.ts";
import { migrate } from "../src/migrate.ts";
import { eventQuery, runQuery } from "../src/reader/filters.ts";
import { GateReader } from "../src/reader/gate-reader.ts";
import { Statements } from "../src/reader/statements.ts";
import { runBatch } from "../src/writer/batch.ts";
import { voidSessions } from "../src/writer/sessions.ts";
import { WriterState } from "../src/writer/state.ts";
import { makeFolder } from "./open-store.ts";

function planOf(db: Database, sql: string): string {
  const rows = getRows(prepare(db, `EXPLAIN QUERY PLAN ${sql}`));
  return rows.map((row) => row.at(-1)).join("; ");
}

/** Notes the text of each statement that is prepared through it. */
function recording(db: Database, statements: Set<string>): Database {
  return {
    exec: (sql) => db.exec(sql),
    close: () => db.close(),
    prepare(sql): Statement {
      statements.add(sql);
      return db.prepare(sql);
    },
  };
}

const lease = { kind: "lease", runId: "r1", owner: "a", epoch: 1 } as const;

/** Something of everything, so that all the writer's statements are prepared. */
const changeSets: ChangeSet[] = [
  {
    keys: [makeKey({ key: "k" })],
    events: [makeEvent({ id: "e1" })],
    newRuns: [makeOwnedRun({ id: "r1", owner: "a" }), makeRun({ id: "r2" })],
    steps: [makeStep({ runId: "r1", no: 0 })],
    newWaits: [makeWait({ runId: "r1", stepId: "s1" })],
    messages: [makeMessage({ id: "m1", runId: "r1" }), makeMessage({ id: "m1", runId: "r2", createdAt: 1 })],
  },
  { guards: [lease], steps: [makeStep({ runId: "r1", no: 0 })] },
  { guards: [{ kind: "wait", runId: "r1", stepId: "s1" }] },
  { guards: [{ kind: "waits", name: "shop/order.paid", keys: ["data.id=7"], paths: 1, version: 1 }] },
  { consumed: [{ runId: "r2", id: "m1" }], closedWaits: [{ runId: "r1", stepId: "s1" }] },
  { runs: [{ id: "r1", owner: null, blocked: "waiting" }] },
  {
    runs: [{ id: "r2", owner: null, blocked: "function_missing" }],
    endedMessages: ["r1"],
    endedWaits: ["r1"],
  },
  { gates: [makeGate({ id: "g1" })], newRuns: [makeRun({ id: "r3", gate: "g1", eventIds: '["e1"]' })] },
  {
    guards: [
      { kind: "gate", id: "g1", stamp: "stamp-1" },
      { kind: "parked", runId: "r3", gate: "g1" },
    ],
    endedGates: ["g1"],
    runs: [{ id: "r3", status: "completed", endedAt: 5 }],
    newRuns: [makeRun({ id: "r4", parentRunId: "r3", status: "completed", endedAt: 5 })],
  },
];

const calls: Request[] = [
  [requestKinds.heartbeat, "a", 5],
  [requestKinds.claim, "b", 5_000, 10],
  [requestKinds.reclaim, 9_000],
  [requestKinds.unblock, "function_missing", 5, 1, "shop-fulfil"],
  [requestKinds.endSession, "b", 5],
  [requestKinds.prune, 10, "runs:0:0", 2_000, 1, "completed", 10],
  [requestKinds.prune, 10, "events:0:0", 2_000, 0],
  [requestKinds.prune, 10, "keys:0:0", 2_000, 0],
  [requestKinds.putDocument, "webhook", "w", "{}", 0, 5],
  [requestKinds.putDocument, "webhook", "w", "{}", 1, 5],
  [requestKinds.deleteDocument, "webhook", "w", 2],
];

describe("query plans", () => {
  it("no statement of the writer about runs and what hangs on them reads a whole table", () => {
    const statements = new Set<string>();
    const file = openDatabase(join(makeFolder(), "main.db"));
    migrate(file);
    const state = new WriterState(recording(file, statements));
    for (const request of [...changeSets.map(encodeChangeSet), ...calls]) runBatch(state, [request]);
    voidSessions(state);
    const queries = [...statements].filter(
      (sql) => /^(SELECT|UPDATE|DELETE)/.test(sql) && !sql.includes("max("),
    );
    expect(queries.length).toBeGreaterThan(15);
    for (const sql of queries) {
      if (/sessions|functions|apps/.test(sql)) continue;
      expect([sql, planOf(file, sql)]).toEqual([
        sql,
        expect.not.stringMatching(/\bSCAN (runs|steps|events|waits|keys|gates|batch_events|documents)\b/),
      ]);
    }
    file.close();
  });

  const lists: [RunFilter, string][] = [
    [{}, "runs_by_id"],
    [{ order: "asc", cursor: "r1" }, "runs_by_id"],
    [{ functionIds: ["shop-fulfil"], cursor: "r1" }, "runs_by_function"],
    [{ functionIds: ["a", "b"] }, "runs_by_id"],
    [{ eventId: "e1" }, "runs_by_event"],
    [{ parentRunId: "r1" }, "runs_by_parent"],
    [{ originalRunId: "r1" }, "runs_by_original"],
  ];

  it.each(lists)("runs are listed by an index: %j → %s", (filter, index) => {
    const db = openDatabase(join(makeFolder(), "main.db"));
    migrate(db);
    const { sql } = runQuery(filter);
    expect(planOf(db, sql)).toContain(index);
    db.close();
  });

  const events: [EventFilter, string][] = [
    [{ cursor: "e1" }, "events_by_id"],
    [{ name: "a", cursor: "e1" }, "events_by_name"],
  ];

  it.each(events)("events are listed by an index, without sorting: %j → %s", (filter, index) => {
    const db = openDatabase(join(makeFolder(), "main.db"));
    migrate(db);
    const plan = planOf(db, eventQuery(filter).sql);
    expect(plan).toContain(index);
    expect(plan).not.toContain("TEMP B-TREE");
    db.close();
  });

  it("gates and those who wait there are found by an index, without sorting", () => {
    const statements = new Set<string>();
    const path = join(makeFolder(), "main.db");
    const file = openDatabase(path);
    migrate(file);
    const gates = new GateReader(new Statements(recording(file, statements)));
    gates.get(["g1"]);
    gates.due({ now: 1, limit: 1 });
    gates.nextAt();
    gates.parked({ gate: "g1", limit: 5 });
    gates.list({ functionId: "shop-fulfil", cursor: "g1" });
    gates.list({});
    expect(statements.size).toBe(6);
    for (const sql of statements) {
      const plan = planOf(file, sql);
      expect([sql, plan]).toEqual([sql, expect.not.stringContaining("TEMP B-TREE")]);
      if (sql.includes("WHERE")) expect([sql, plan]).toEqual([sql, expect.stringContaining("SEARCH")]);
    }
    file.close();
  });
});
