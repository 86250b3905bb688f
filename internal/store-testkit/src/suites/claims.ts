import type { RunStatus } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { makeRun } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function claimSuite(subject: Subject): void {
  describe("claims", () => {
    const claim = (now: number, limit = 100, owner = "a") => subject.store.claim({ owner, now, limit });
    const claimIds = async (now: number, limit?: number) => (await claim(now, limit)).map(({ id }) => id);

    it("lease due runs, earliest first, then by id, up to the limit", async () => {
      const at = (id: string, wakeAt: number | null) => makeRun({ id, wakeAt });
      const newRuns = [at("r5", 1_000), at("r2", 3_000), at("r4", 2_000), at("r3", 2_000), at("r1", 9_000)];
      await subject.store.commit({ newRuns: [...newRuns, at("r0", null)] });
      expect(await claimIds(999)).toEqual([]);
      expect(await claimIds(3_000, 0)).toEqual([]);
      expect(await claimIds(3_000, 2)).toEqual(["r5", "r3"]);
      expect(await subject.store.nextWakeAt()).toBe(2_000);
      expect(await claimIds(3_000)).toEqual(["r4", "r2"]);
      expect(await subject.store.nextWakeAt()).toBe(9_000);
      expect(await claimIds(8_999)).toEqual([]);
      expect(await claimIds(9_000)).toEqual(["r1"]);
      expect(await subject.store.nextWakeAt()).toBeNull();
    });

    it("set owner, epoch and wakeAt, and answer what blocked the run", async () => {
      const run = makeRun({ id: "r1", epoch: 4, blocked: "waiting", status: "running" });
      await subject.store.commit({ newRuns: [run] });
      const leased = { ...run, owner: "a", epoch: 5, wakeAt: null };
      expect(await claim(1_000)).toEqual([leased]);
      expect(await subject.store.getRun("r1")).toEqual({ ...leased, blocked: null });
    });

    it.each<RunStatus>(["completed", "failed", "cancelled", "skipped"])(
      "never lease a run that is %s",
      async (status) => {
        await subject.store.commit({ newRuns: [makeRun({ id: "r1", status }), makeRun({ id: "r2" })] });
        await subject.store.commit({ runs: [{ id: "r2", status }] });
        expect(await claim(5_000)).toEqual([]);
        expect(await subject.store.nextWakeAt()).toBeNull();
      },
    );

    it("never lease a run twice, also when asked at once", async () => {
      await subject.store.commit({ newRuns: Array.from({ length: 10 }, (_, i) => makeRun({ id: `r${i}` })) });
      const claims = await Promise.all(["a", "b", "c"].map((owner) => claim(1_000, 4, owner)));
      expect(claims.map((rows) => rows.map(({ id }) => id))).toEqual([
        ["r0", "r1", "r2", "r3"],
        ["r4", "r5", "r6", "r7"],
        ["r8", "r9"],
      ]);
    });

    it("find a run that was parked again, at its new time only", async () => {
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      await claim(1_000);
      await subject.store.commit({ runs: [{ id: "r1", owner: null, wakeAt: 5_000 }] });
      await subject.store.commit({ runs: [{ id: "r1", wakeAt: 7_000 }] });
      expect(await claimIds(6_999)).toEqual([]);
      expect((await claim(7_000))[0]).toMatchObject({ id: "r1", epoch: 2 });
      expect(await claimIds(9_000)).toEqual([]);
    });

    it("unblock makes runs due that are parked for this reason", async () => {
      const blocked = "function_missing";
      await subject.store.commit({
        newRuns: [
          makeRun({ id: "r1", wakeAt: null, blocked }),
          makeRun({ id: "r2", wakeAt: 500, blocked }),
          makeRun({ id: "r3", wakeAt: 9_000, blocked, functionId: "shop-refund" }),
          makeRun({ id: "r4", wakeAt: null, blocked: "waiting" }),
          makeRun({ id: "r5", wakeAt: null, blocked, functionId: "shop-other" }),
          makeRun({ id: "r6", wakeAt: null, blocked, owner: "a" }),
          makeRun({ id: "r7", wakeAt: null, blocked, status: "cancelled" }),
        ],
      });
      const functionIds = ["shop-fulfil", "shop-refund", "shop-fulfil"];
      expect(await subject.store.unblock({ functionIds, blocked, now: 2_000 })).toBe(3);
      expect((await claim(2_000)).map(({ id, blocked: reason }) => [id, reason])).toEqual([
        ["r2", blocked],
        ["r1", blocked],
        ["r3", blocked],
      ]);
      expect(await subject.store.unblock({ functionIds, blocked: "waiting", now: 3_000 })).toBe(1);
      expect(await claimIds(3_000)).toEqual(["r4"]);
      expect(await subject.store.unblock({ functionIds: [], blocked, now: 1 })).toBe(0);
    });
  });
}
