import type { ChangeSet } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import {
  makeAttempt,
  makeEvent,
  makeKey,
  makeMetadata,
  makeOwnedRun,
  makeRun,
  makeStep,
  makeWait,
} from "../rows.ts";
import type { Subject } from "../subject.ts";

export function batchSuite(subject: Subject): void {
  describe("change-sets", () => {
    it("an empty one is applied", async () => {
      expect(await subject.store.commit({})).toEqual({ ok: true });
      expect(await subject.store.commit({ guards: [], runs: [] })).toEqual({ ok: true });
    });

    it("in flight together apply in order, and a refused one does not disturb the others", async () => {
      await subject.store.commit({
        newRuns: [makeOwnedRun({ id: "r1", owner: "a" })],
        events: [makeEvent({ id: "e0" })],
      });
      const results = await Promise.allSettled([
        subject.store.commit({ steps: [makeStep({ runId: "r1", no: 0, status: "planned" })] }),
        subject.store.commit({ steps: [makeStep({ runId: "r1", no: 0 })], runs: [{ id: "r1", attempt: 1 }] }),
        subject.store.commit({ newRuns: [makeRun({ id: "r2" })], steps: [makeStep({ runId: "r1", no: 0 })] }),
        subject.store.commit({ steps: [makeStep({ runId: "r2", no: 0 })], newRuns: [makeRun({ id: "r3" })] }),
        subject.store.commit({ keys: [makeKey({ key: "k" })], events: [makeEvent({ id: "e0" })] }),
        subject.store.commit({ keys: [makeKey({ key: "k" })], events: [makeEvent({ id: "e1" })] }),
        subject.store.claim({ owner: "b", now: 1_000, limit: 5 }),
      ]);
      const outcomes = results.map((result) => {
        if (result.status === "rejected") return result.reason.code;
        return "ok" in result.value ? result.value.ok : result.value.length;
      });
      expect(outcomes).toEqual([true, true, false, "internal", false, true, 0]);
      expect((await subject.store.getRun("r1"))?.attempt).toBe(1);
      expect([await subject.store.getRun("r2"), await subject.store.getRun("r3")]).toEqual([null, null]);
      expect((await subject.store.getEvents(["e1"])).length).toBe(1);
    });

    it("a patch changes only what it names", async () => {
      const run = makeOwnedRun({ id: "r1", owner: "a", output: "1" });
      await subject.store.commit({ newRuns: [run] });
      const patch = {
        id: "r1",
        status: undefined,
        output: null,
        wakeAt: 5_000,
        owner: null,
        blocked: "waiting",
      };
      await subject.store.commit({ runs: [patch, { id: "r1", attempt: 3 }, { id: "r1" }] });
      const expected = { ...run, output: null, wakeAt: 5_000, owner: null, blocked: "waiting", attempt: 3 };
      expect(await subject.store.getRun("r1")).toEqual(expected);
    });

    it("every column that a patch may name is written", async () => {
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      const patch = {
        id: "r1",
        status: "failed" as const,
        startedAt: 1,
        endedAt: 2,
        output: "3",
        attempt: 4,
        retryAt: 5,
        finishBy: 6,
        requestVersion: 7,
        cancel: "8",
        wakeAt: 9,
        owner: "10",
        blocked: "11",
        rank: 12.5,
        flow: "13",
        gate: "14",
      };
      await subject.store.commit({ runs: [patch] });
      expect(await subject.store.getRun("r1")).toEqual({ ...makeRun({ id: "r1" }), ...patch });
    });

    bugs(subject);
  });
}

function bugs(subject: Subject): void {
  const strays: [string, ChangeSet][] = [
    ["step", { steps: [makeStep({ runId: "nobody", no: 0 })] }],
    ["attempt", { attempts: [makeAttempt({ runId: "nobody" })] }],
    ["note", { metadata: [makeMetadata({ runId: "nobody" })] }],
    ["wait", { newWaits: [makeWait({ runId: "nobody", stepId: "s" })] }],
    ["patch", { runs: [{ id: "nobody", attempt: 1 }] }],
    ["new run with an id that exists", { newRuns: [makeRun({ id: "r1" })] }],
    ["new run twice", { newRuns: [makeRun({ id: "r2" }), makeRun({ id: "r2" })] }],
  ];

  it.each(strays)("a stray %s is the caller's bug, and nothing is applied", async (_, changes) => {
    const run = makeRun({ id: "r1", output: "before" });
    await subject.store.commit({ newRuns: [run] });
    const all = { events: [makeEvent({ id: "e1" })], keys: [makeKey({ key: "k" })], ...changes };
    await expect(subject.store.commit(all)).rejects.toMatchObject({ code: "internal" });
    expect(await subject.store.getEvents(["e1"])).toEqual([]);
    expect([await subject.store.getRun("r1"), await subject.store.getRun("r2")]).toEqual([run, null]);
    expect((await subject.store.commit({ keys: [makeKey({ key: "k" })] })).ok).toBe(true);
  });
}
