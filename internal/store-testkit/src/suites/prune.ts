import type { PruneParams, RunRow } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { pruneAll } from "../pruning.ts";
import {
  makeAttempt,
  makeEvent,
  makeGate,
  makeKey,
  makeMessage,
  makeMetadata,
  makeOwnedRun,
  makeRun,
  makeStep,
  makeWait,
} from "../rows.ts";
import type { Subject } from "../subject.ts";

/** One that completed at 2,000. */
function ended(given: Partial<RunRow> & { id: string }): RunRow {
  return makeRun({ status: "completed", endedAt: 2_000, wakeAt: null, ...given });
}

const old: PruneParams = {
  endedBefore: { completed: 5_000, failed: 5_000, cancelled: 5_000, skipped: 5_000 },
  eventsBefore: 5_000,
  limit: 10,
};

export function pruneSuite(subject: Subject): void {
  describe("pruning", () => {
    const runIds = async () => (await subject.store.listRuns({ order: "asc" })).map(({ id }) => id);
    const eventIds = async () => (await subject.store.listEvents({})).map(({ id }) => id).sort();

    it("of an empty store is over soon", async () => {
      expect(await pruneAll(subject.store, old)).toMatchObject({ runs: 0, events: 0 });
      expect(await pruneAll(subject.store, { endedBefore: {}, eventsBefore: null, limit: 1 })).toMatchObject({
        runs: 0,
        events: 0,
      });
    });

    it("takes runs by when they ended and how, and never one that is live", async () => {
      const newRuns = [
        ended({ id: "r1", endedAt: 4_999 }),
        ended({ id: "r2", endedAt: 5_000 }),
        ended({ id: "r3", status: "failed" }),
        ended({ id: "r4", status: "cancelled" }),
        ended({ id: "r5", status: "skipped", endedAt: 2_999 }),
        ended({ id: "r6", status: "skipped", endedAt: 3_000 }),
        makeRun({ id: "r7", endedAt: 2_000 }),
        makeOwnedRun({ id: "r8", owner: "a" }),
        ended({ id: "r9", endedAt: null }),
      ];
      await subject.store.commit({ newRuns });
      const endedBefore = { completed: 5_000, cancelled: 5_000, skipped: 3_000 };
      expect(await pruneAll(subject.store, { ...old, endedBefore })).toMatchObject({ runs: 3 });
      expect(await runIds()).toEqual(["r2", "r3", "r6", "r7", "r8", "r9"]);
      expect(await subject.store.getRun("r1")).toBeNull();
      const live = { completed: 0, queued: 9_000, running: 9_000 };
      expect(await pruneAll(subject.store, { ...old, endedBefore: live })).toMatchObject({ runs: 0 });
    });

    trees(subject, runIds);
    remains(subject);
    events(subject, eventIds);
    portions(subject, runIds, eventIds);
  });
}

function trees(subject: Subject, runIds: () => Promise<string[]>): void {
  it("takes a tree as a whole, or leaves it", async () => {
    const child = (id: string, parentRunId: string, given: Partial<RunRow> = {}) =>
      ended({ id, parentRunId, origin: "invoke", ...given });
    const newRuns = [
      ended({ id: "r0" }),
      child("r1", "r0"),
      child("r2", "r1", { status: "failed" }),
      ended({ id: "s0" }),
      child("s1", "s0"),
      child("s2", "s1", { status: "running", endedAt: null }),
      ended({ id: "t0" }),
      child("t1", "t0", { endedAt: 6_000 }),
      child("u1", "gone"),
      makeRun({ id: "v0" }),
      child("v1", "v0"),
    ];
    await subject.store.commit({ newRuns });
    const left = ["s0", "s1", "s2", "t0", "t1", "v0", "v1"];
    expect(await pruneAll(subject.store, old)).toMatchObject({ runs: 4 });
    expect(await runIds()).toEqual(left);
    await subject.store.commit({ runs: [{ id: "s2", status: "failed", endedAt: 3_000 }] });
    expect(await pruneAll(subject.store, { ...old, endedBefore: { completed: 5_000 } })).toMatchObject({
      runs: 0,
    });
    expect(await pruneAll(subject.store, old)).toMatchObject({ runs: 3 });
    expect(await runIds()).toEqual(["t0", "t1", "v0", "v1"]);
  });

  it("takes a tree that is wide and deep", async () => {
    const newRuns = [ended({ id: "root" })];
    for (let i = 0; i < 1_500; i++) {
      newRuns.push(ended({ id: `w${i}`, parentRunId: "root" }));
      newRuns.push(ended({ id: `d${i}`, parentRunId: i === 0 ? "root" : `d${i - 1}` }));
    }
    await subject.store.commit({ newRuns, steps: [makeStep({ runId: "d1499", no: 0 })] });
    expect(await pruneAll(subject.store, { ...old, limit: 100 })).toMatchObject({ runs: 3_001 });
    expect(await runIds()).toEqual([]);
  });
}

function remains(subject: Subject): void {
  it("takes all that hangs on a run, and nothing of another", async () => {
    const of = (runId: string) => ({
      steps: [makeStep({ runId, no: 0 }), makeStep({ runId, no: 1 })],
      attempts: [makeAttempt({ runId })],
      metadata: [makeMetadata({ runId })],
      newWaits: [makeWait({ runId, stepId: "s1" })],
      messages: [makeMessage({ id: "m1", runId })],
    });
    for (const id of ["r1", "r2"]) await subject.store.commit({ newRuns: [makeRun({ id })], ...of(id) });
    await subject.store.commit({ gates: [makeGate({ id: "g1" })] });
    const kept = await subject.store.loadRun("r2");
    await subject.store.commit({ runs: [{ id: "r1", status: "completed", endedAt: 2_000, gate: "g1" }] });
    expect(await pruneAll(subject.store, old)).toMatchObject({ runs: 1 });
    const look = { name: "shop/order.paid", keys: ["data.id=7"], now: 1_000 };
    expect((await subject.store.findWaits(look)).waits.map(({ runId }) => runId)).toEqual(["r2"]);
    expect(await subject.store.loadRun("r1")).toBeNull();
    expect(await subject.store.listAttempts("r1")).toEqual([]);
    expect(await subject.store.loadRun("r2")).toEqual(kept);
    expect((await subject.store.listAttempts("r2")).length).toBe(1);
    expect((await subject.store.listMetadata("r2")).length).toBe(1);
    expect((await subject.store.getGates(["g1"])).length).toBe(1);
  });

  it("a run under the same id finds nothing of the one that went", async () => {
    const run = ended({ id: "r1", eventIds: '["e1","e2"]' });
    const steps = [makeStep({ runId: "r1", no: 0, stepId: "before" })];
    const [attempts, metadata] = [[makeAttempt({ runId: "r1" })], [makeMetadata({ runId: "r1" })]];
    await subject.store.commit({ newRuns: [run], steps, attempts, metadata });
    await pruneAll(subject.store, old);
    const store = await subject.reopen();
    const again = makeRun({ id: "r1" });
    await store.commit({ newRuns: [again], newWaits: [makeWait({ runId: "r1", stepId: "s1" })] });
    expect(await store.loadRun("r1")).toMatchObject({ run: again, steps: [], messages: [] });
    expect(await store.listAttempts("r1")).toEqual([]);
    expect(await store.listMetadata("r1")).toEqual([]);
  });

  it("a message or a patch for a run that went is as for one that never was", async () => {
    await subject.store.commit({ newRuns: [ended({ id: "r1" })] });
    await pruneAll(subject.store, old);
    expect(await subject.store.commit({ messages: [makeMessage({ id: "m1", runId: "r1" })] })).toEqual({
      ok: true,
    });
    expect(await subject.store.commit({ guards: [{ kind: "live", runId: "r1" }] })).toMatchObject({
      ok: false,
    });
    const patch = subject.store.commit({ runs: [{ id: "r1", attempt: 1 }] });
    await expect(patch).rejects.toMatchObject({ code: "internal" });
  });
}

function events(subject: Subject, eventIds: () => Promise<string[]>): void {
  it("takes events that were received before, but for those of runs that are left", async () => {
    await subject.store.commit({
      events: [
        makeEvent({ id: "e1" }),
        makeEvent({ id: "e2" }),
        makeEvent({ id: "e3", receivedAt: 5_000 }),
        makeEvent({ id: "e4", receivedAt: 4_999 }),
      ],
      newRuns: [ended({ id: "r1", eventId: "e1", endedAt: 6_000 }), ended({ id: "r2", eventId: "e2" })],
    });
    expect(await pruneAll(subject.store, { ...old, eventsBefore: null })).toMatchObject({
      runs: 1,
      events: 0,
    });
    expect(await pruneAll(subject.store, { ...old, endedBefore: {} })).toMatchObject({ runs: 0, events: 2 });
    expect(await eventIds()).toEqual(["e1", "e3"]);
    expect((await subject.store.getEvents(["e1", "e2"])).length).toBe(1);
  });

  it("takes the events of a batch with the last of its runs", async () => {
    await subject.store.commit({
      events: ["e1", "e2", "e3"].map((id) => makeEvent({ id })),
      newRuns: [
        makeRun({ id: "r1", eventId: "e1", eventIds: '["e1","e2","e3"]' }),
        ended({ id: "r2", eventId: "e2", eventIds: '["e2","e3","e3"]' }),
      ],
    });
    expect(await pruneAll(subject.store, old)).toMatchObject({ runs: 1, events: 0 });
    expect((await subject.store.loadRun("r1"))?.events.map(({ id }) => id)).toEqual(["e1", "e2", "e3"]);
    await subject.store.commit({ runs: [{ id: "r1", status: "completed", endedAt: 3_000 }] });
    expect(await pruneAll(subject.store, old)).toMatchObject({ runs: 1, events: 3 });
    expect(await eventIds()).toEqual([]);
  });

  it("takes keys that have expired by then", async () => {
    const claim = (key: string, expiresAt: number) => makeKey({ key, expiresAt });
    await subject.store.commit({ keys: [claim("k1", 2_000), claim("k2", 2_001)] });
    await pruneAll(subject.store, { ...old, eventsBefore: 2_000 });
    expect(await subject.store.commit({ keys: [claim("k2", 3_000)] })).toMatchObject({ ok: false });
    expect(await subject.store.commit({ keys: [claim("k1", 3_000)] })).toEqual({ ok: true });
  });
}

function portions(
  subject: Subject,
  runIds: () => Promise<string[]>,
  eventIds: () => Promise<string[]>,
): void {
  it("looks at no more at once than it may, and goes on where it stood", async () => {
    const numbers = Array.from({ length: 30 }, (_, i) => String(i).padStart(2, "0"));
    await subject.store.commit({
      events: numbers.map((no) => makeEvent({ id: `e${no}` })),
      newRuns: numbers.map((no, i) =>
        ended({ id: `r${no}`, eventId: `e${no}`, endedAt: i % 3 === 0 ? 9_000 : 2_000 }),
      ),
    });
    let made = 0;
    const total = await pruneAll(subject.store, { ...old, limit: 4 }, async ({ runs, events }) => {
      expect(runs <= 4 && events <= 4).toBe(true);
      made += 1;
      await subject.store.commit({
        newRuns: [makeRun({ id: `s${String(made).padStart(3, "0")}`, eventId: "e01" })],
      });
    });
    expect(total.portions).toBeGreaterThanOrEqual(12);
    const left = numbers.filter((_, i) => i % 3 === 0);
    expect((await runIds()).slice(0, 10)).toEqual(left.map((no) => `r${no}`));
    expect(total).toMatchObject({ runs: 20, events: 19 });
    expect(await eventIds()).toEqual([...left.map((no) => `e${no}`), "e01"].sort());
  });

  it("goes on after the end of the process", async () => {
    await subject.store.commit({
      newRuns: Array.from({ length: 9 }, (_, i) => ended({ id: `r${i}`, endedAt: i === 0 ? 9_000 : 2_000 })),
    });
    const first = await subject.store.prune({ ...old, limit: 3 });
    expect(first.runs).toBeGreaterThan(0);
    const store = await subject.reopen();
    const { runs } = await pruneAll(store, { ...old, limit: 3, cursor: first.cursor ?? undefined });
    expect(first.runs + runs).toBe(8);
    expect(await runIds()).toEqual(["r0"]);
  });
}
