import type { Guard, RunStatus } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { makeEvent, makeOwnedRun, makeRun, makeWait } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function guardSuite(subject: Subject): void {
  describe("guards", () => {
    /** Whether a change-set with this guard is applied. */
    async function passes(guard: Guard, id = "probe"): Promise<boolean> {
      const result = await subject.store.commit({ guards: [guard], events: [makeEvent({ id })] });
      expect((await subject.store.getEvents([id])).length).toBe(result.ok ? 1 : 0);
      if (!result.ok) expect(result.conflict).toEqual({ kind: "guard", guard });
      return result.ok;
    }

    it("a lease holds for its owner in its epoch", async () => {
      await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
      expect(await passes({ kind: "lease", runId: "r1", owner: "a", epoch: 1 }, "e1")).toBe(true);
      expect(await passes({ kind: "lease", runId: "r1", owner: "b", epoch: 1 }, "e2")).toBe(false);
      expect(await passes({ kind: "lease", runId: "r1", owner: "a", epoch: 2 }, "e3")).toBe(false);
      expect(await passes({ kind: "lease", runId: "r2", owner: "a", epoch: 1 }, "e4")).toBe(false);
    });

    it.each<[RunStatus, boolean]>([
      ["queued", true],
      ["running", true],
      ["completed", false],
      ["failed", false],
      ["cancelled", false],
      ["skipped", false],
    ])("a lease and `live` on a run that is %s hold: %s", async (status, holds) => {
      await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a", status })] });
      expect(await passes({ kind: "lease", runId: "r1", owner: "a", epoch: 1 }, "e1")).toBe(holds);
      expect(await passes({ kind: "live", runId: "r1" }, "e2")).toBe(holds);
    });

    it("a lease ends with the run, also when the run ended in an earlier change-set of the same batch", async () => {
      await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
      const guard: Guard = { kind: "lease", runId: "r1", owner: "a", epoch: 1 };
      const results = await Promise.all([
        subject.store.commit({ guards: [guard], runs: [{ id: "r1", status: "completed" }] }),
        subject.store.commit({ guards: [guard], runs: [{ id: "r1", status: "failed" }] }),
      ]);
      expect(results.map(({ ok }) => ok)).toEqual([true, false]);
      expect((await subject.store.getRun("r1"))?.status).toBe("completed");
    });

    it("`live` does not hold for a run that is not there, nor for one the same change-set makes", async () => {
      const guard: Guard = { kind: "live", runId: "r1" };
      expect(await passes(guard)).toBe(false);
      const result = await subject.store.commit({ guards: [guard], newRuns: [makeRun({ id: "r1" })] });
      expect(result).toEqual({ ok: false, conflict: { kind: "guard", guard } });
      expect(await subject.store.getRun("r1")).toBeNull();
    });

    it("`known` holds for a run that is there, live or ended, until it is pruned", async () => {
      const guard: Guard = { kind: "known", runId: "r1" };
      expect(await passes(guard, "e1")).toBe(false);
      await subject.store.commit({ newRuns: [makeRun({ id: "r1", status: "completed", endedAt: 1 })] });
      expect(await passes(guard, "e2")).toBe(true);
      await subject.store.prune({ endedBefore: { completed: 2 }, eventsBefore: null, limit: 10 });
      expect(await passes(guard, "e3")).toBe(false);
    });

    it("`wait` holds while the wait is open", async () => {
      const guard: Guard = { kind: "wait", runId: "r1", stepId: "s1" };
      expect(await passes(guard, "e1")).toBe(false);
      await subject.store.commit({
        newRuns: [makeRun({ id: "r1" })],
        newWaits: [makeWait({ runId: "r1", stepId: "s1", expiresAt: 1 })],
      });
      expect(await passes(guard, "e2")).toBe(true);
      expect(await passes({ ...guard, stepId: "s2" }, "e3")).toBe(false);
      await subject.store.commit({ closedWaits: [{ runId: "r1", stepId: "s1" }] });
      expect(await passes(guard, "e4")).toBe(false);
    });

    it("names the first guard that does not hold", async () => {
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      const guards: Guard[] = [
        { kind: "live", runId: "r1" },
        { kind: "live", runId: "r2" },
        { kind: "live", runId: "r3" },
      ];
      expect(await subject.store.commit({ guards })).toEqual({
        ok: false,
        conflict: { kind: "guard", guard: { kind: "live", runId: "r2" } },
      });
    });

    waitsGuard(subject, passes);
  });
}

type Passes = (guard: Guard, id?: string) => Promise<boolean>;

function waitsGuard(subject: Subject, passes: Passes): void {
  const name = "shop/order.paid";

  /** The guard of somebody who looked just now. */
  async function look(keys: string[]): Promise<Guard> {
    const { paths, version } = await subject.store.findWaits({ name, keys, now: 1_000 });
    return { kind: "waits", name, keys, paths, version };
  }

  const open = (stepId: string, given: { path?: string; key?: string; name?: string } = {}) =>
    subject.store.commit({ newWaits: [makeWait({ runId: "r1", stepId, ...given })] });

  it("`waits` holds if nothing was opened since the look", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
    await open("s1");
    expect(await passes(await look(["data.id=7"]))).toBe(true);
  });

  it("`waits` does not hold if a wait under one of the keys was opened since", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
    await open("s1");
    const guard = await look(["data.id=8", "data.id=7"]);
    await open("s2");
    expect(await passes(guard)).toBe(false);
    expect(await passes(await look(["data.id=7"]), "again")).toBe(true);
  });

  it("`waits` does not hold for the very first wait on a name either", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
    const guard = await look([]);
    await open("s1");
    expect(await passes(guard)).toBe(false);
  });

  it("`waits` holds if what was opened is under another key or name, or closed again", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
    await open("s1");
    const guard = await look(["data.id=7"]);
    await open("s2", { key: "data.id=8" });
    await open("s3", { name: "shop/other" });
    await open("s4");
    await subject.store.commit({ closedWaits: [{ runId: "r1", stepId: "s4" }] });
    expect(await passes(guard)).toBe(true);
  });

  it("`waits` does not hold if a wait was replaced since, or opened after the newest was closed", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
    await open("s1");
    const before = await look(["data.id=7"]);
    await open("s1");
    expect(await passes(before, "e1")).toBe(false);
    const later = await look(["data.id=7"]);
    await subject.store.commit({ closedWaits: [{ runId: "r1", stepId: "s1" }] });
    await open("s2");
    expect(await passes(later, "e2")).toBe(false);
  });

  it("`waits` does not hold once the name has a new path", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
    await open("s1");
    const guard = await look(["data.id=7"]);
    await open("s2", { path: "data.user", key: 'data.user="u"' });
    expect(await passes(guard)).toBe(false);
  });
}
