import { describe, expect, it } from "vitest";
import { makeOwnedRun, makeRun } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function sessionSuite(subject: Subject): void {
  describe("sessions", () => {
    const beat = (owner: string, until: number) =>
      subject.store.heartbeat({ owner, now: until - 1_000, until });
    const owners = async () => {
      const runs = await subject.store.listRuns({ order: "asc" });
      return runs.map(({ id, owner, wakeAt }) => [id, owner, wakeAt]);
    };

    it("one past its time loses its live runs, and is told", async () => {
      expect([await beat("a", 2_000), await beat("b", 3_000)]).toEqual([true, true]);
      const ended = makeOwnedRun({ id: "r3", owner: "a", status: "completed" });
      const newRuns = [makeOwnedRun({ id: "r1", owner: "a" }), makeOwnedRun({ id: "r2", owner: "b" }), ended];
      await subject.store.commit({ newRuns });
      expect(await subject.store.reclaim({ now: 1_999 })).toBe(0);
      expect(await subject.store.reclaim({ now: 2_000 })).toBe(1);
      expect(await owners()).toEqual([
        ["r1", null, 2_000],
        ["r2", "b", null],
        ["r3", "a", null],
      ]);
      expect([await beat("a", 9_000), await beat("b", 9_000)]).toEqual([false, true]);
    });

    it("writes under a lease that was taken away are refused; the next owner has another epoch", async () => {
      await beat("a", 2_000);
      await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
      await subject.store.reclaim({ now: 2_000 });
      const stale = { kind: "lease", runId: "r1", owner: "a", epoch: 1 } as const;
      expect((await subject.store.commit({ guards: [stale] })).ok).toBe(false);
      const [leased] = await subject.store.claim({ owner: "b", now: 2_000, limit: 1 });
      expect(leased).toMatchObject({ id: "r1", owner: "b", epoch: 2 });
      expect((await subject.store.commit({ guards: [stale] })).ok).toBe(false);
      expect((await subject.store.commit({ guards: [{ ...stale, owner: "b", epoch: 2 }] })).ok).toBe(true);
    });

    it("a heartbeat prolongs, also after the time has come, as long as nobody reclaimed", async () => {
      await beat("a", 2_000);
      await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
      expect(await beat("a", 9_000)).toBe(true);
      expect(await subject.store.reclaim({ now: 8_999 })).toBe(0);
      expect(await subject.store.reclaim({ now: 9_000 })).toBe(1);
    });

    it("one that was given up gets no runs, and those it makes are taken away", async () => {
      await beat("a", 2_000);
      await subject.store.reclaim({ now: 2_000 });
      const late = makeOwnedRun({ id: "r1", owner: "a" });
      await subject.store.commit({ newRuns: [late, makeRun({ id: "r2" })] });
      expect(await subject.store.claim({ owner: "a", now: 5_000, limit: 9 })).toEqual([]);
      expect(await subject.store.reclaim({ now: 3_000 })).toBe(1);
      expect((await subject.store.claim({ owner: "b", now: 5_000, limit: 9 })).length).toBe(2);
    });

    it("runs of an owner without a session are taken away", async () => {
      await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "ghost" })] });
      expect(await subject.store.reclaim({ now: 3_000 })).toBe(1);
      expect(await owners()).toEqual([["r1", null, 3_000]]);
    });

    it("one that ends gives its runs back", async () => {
      await beat("a", 9_000);
      const newRuns = [
        makeOwnedRun({ id: "r1", owner: "a", blocked: "odd" }),
        makeOwnedRun({ id: "r2", owner: "b" }),
      ];
      await subject.store.commit({ newRuns });
      await subject.store.endSession({ owner: "a", now: 1_500 });
      expect(await owners()).toEqual([
        ["r1", null, 1_500],
        ["r2", "b", null],
      ]);
      expect((await subject.store.getRun("r1"))?.blocked).toBeNull();
      expect(await beat("a", 9_000)).toBe(false);
      await subject.store.endSession({ owner: "nobody", now: 1_500 });
    });
  });
}
