import { describe, expect, it } from "vitest";
import type { Subject } from "../conformance.ts";
import { makeApp, makeFunction, makeKey, makeOwnedRun, makeRun, makeStep, makeWait } from "../rows.ts";
import { snapshotOf } from "../snapshot.ts";

export function lifecycleSuite(subject: Subject): void {
  describe("opening and closing", () => {
    it("opening again gives every session up: their runs are due since the beginning of time", async () => {
      await subject.store.heartbeat({ owner: "a", now: 1_000, until: 9_000 });
      const owned = makeOwnedRun({ id: "r1", owner: "a" });
      const ended = makeOwnedRun({ id: "r2", owner: "a", status: "completed" });
      await subject.store.commit({ newRuns: [owned, ended, makeRun({ id: "r3", wakeAt: 5_000 })] });
      const store = await subject.reopen();
      expect(await store.getRun("r1")).toEqual({ ...owned, owner: null, wakeAt: 0 });
      expect(await store.getRun("r2")).toEqual(ended);
      expect(await store.nextWakeAt()).toBe(0);
      const lease = { kind: "lease", runId: "r1", owner: "a", epoch: 1 } as const;
      expect((await store.commit({ guards: [lease] })).ok).toBe(false);
      expect(await store.heartbeat({ owner: "a", now: 1_000, until: 9_000 })).toBe(false);
      const claimed = await store.claim({ owner: "b", now: 5_000, limit: 9 });
      expect(claimed.map(({ id, epoch }) => [id, epoch])).toEqual([
        ["r1", 2],
        ["r3", 1],
      ]);
    });

    it("everything is still there after opening again, and numbers go on", async () => {
      const steps = [makeStep({ runId: "r1", no: 0 })];
      const newWaits = [makeWait({ runId: "r1", stepId: "s1" })];
      await subject.store.commit({
        newRuns: [makeRun({ id: "r1" })],
        steps,
        newWaits,
        keys: [makeKey({ key: "k" })],
      });
      await subject.store.putApp({
        app: makeApp({ id: "shop" }),
        functions: [makeFunction({ id: "shop-a" })],
        now: 1,
      });
      const before = await snapshotOf(subject.store);
      const store = await subject.reopen();
      expect(await snapshotOf(store)).toEqual(before);
      expect((await store.commit({ keys: [makeKey({ key: "k" })] })).ok).toBe(false);
      await store.commit({
        newRuns: [makeRun({ id: "r2" })],
        steps: [makeStep({ runId: "r2", no: 0, name: "other" })],
      });
      expect((await store.loadRun("r1"))?.steps).toEqual(steps);
    });

    it("closing finishes what was asked for before; then every call is refused", async () => {
      const committed = subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      await subject.store.close();
      expect(await committed).toEqual({ ok: true });
      await subject.store.close();
      const refused = { code: "store_unavailable" };
      await expect(subject.store.commit({})).rejects.toMatchObject(refused);
      await expect(subject.store.getRun("r1")).rejects.toMatchObject(refused);
      await expect(subject.store.claim({ owner: "a", now: 1, limit: 1 })).rejects.toMatchObject(refused);
      expect(await (await subject.reopen()).getRun("r1")).toEqual(makeRun({ id: "r1" }));
    });
  });
}
