import { describe, expect, it } from "vitest";
import { makeRun, makeWait } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function waitSuite(subject: Subject): void {
  describe("waits", () => {
    const find = async (keys: string[], now = 1_000, name = "shop/order.paid") =>
      (await subject.store.findWaits({ name, keys, now })).waits;
    const newRuns = [makeRun({ id: "r1" }), makeRun({ id: "r2" })];

    it("are found by name and key, in the order in which they were opened", async () => {
      const first = makeWait({ runId: "r2", stepId: "s1", expression: "a == b", expiresAt: null });
      const second = makeWait({ runId: "r1", stepId: "s1", key: "data.id=8" });
      const third = makeWait({ runId: "r1", stepId: "s2" });
      await subject.store.commit({ newRuns, newWaits: [first, second] });
      await subject.store.commit({
        newWaits: [third, makeWait({ runId: "r1", stepId: "s3", name: "other" })],
      });
      expect(await find(["data.id=7", "data.id=8", "data.id=7"])).toEqual([first, second, third]);
      expect(await find(["data.id=9"])).toEqual([]);
      expect(await find([])).toEqual([]);
    });

    it("one that has expired is not found", async () => {
      const wait = makeWait({ runId: "r1", stepId: "s1", expiresAt: 9_000 });
      await subject.store.commit({ newRuns, newWaits: [wait] });
      expect(await find([wait.key], 8_999)).toEqual([wait]);
      expect(await find([wait.key], 9_000)).toEqual([]);
    });

    it("one is closed, or all of a run are ended", async () => {
      const waits = ["s1", "s2", "s3"].map((stepId) => makeWait({ runId: "r1", stepId }));
      const other = makeWait({ runId: "r2", stepId: "s1" });
      await subject.store.commit({ newRuns, newWaits: [...waits, other] });
      await subject.store.commit({ closedWaits: [{ runId: "r1", stepId: "s2" }] });
      expect(await find(["data.id=7"])).toEqual([waits[0], waits[2], other]);
      expect((await subject.store.loadRun("r1"))?.waits).toEqual([waits[0], waits[2]]);
      await subject.store.commit({
        endedWaits: ["r1", "nobody"],
        closedWaits: [{ runId: "nobody", stepId: "s" }],
      });
      expect(await find(["data.id=7"])).toEqual([other]);
      expect((await subject.store.loadRun("r1"))?.waits).toEqual([]);
    });

    it("one that is opened again replaces the old one", async () => {
      await subject.store.commit({ newRuns, newWaits: [makeWait({ runId: "r1", stepId: "s1" })] });
      const again = makeWait({ runId: "r1", stepId: "s1", key: "data.id=8" });
      await subject.store.commit({ newWaits: [makeWait({ runId: "r1", stepId: "s2" }), again] });
      expect(await find(["data.id=7"])).toEqual([makeWait({ runId: "r1", stepId: "s2" })]);
      expect((await subject.store.loadRun("r1"))?.waits.map(({ stepId }) => stepId)).toEqual(["s2", "s1"]);
    });

    it("opened and closed in one change-set is closed: the fields apply in order", async () => {
      await subject.store.commit({
        newRuns,
        newWaits: [makeWait({ runId: "r1", stepId: "s1" })],
        closedWaits: [{ runId: "r1", stepId: "s1" }],
      });
      expect(await find(["data.id=7"])).toEqual([]);
    });

    it("paths stay registered after their waits are gone", async () => {
      expect(await subject.store.waitPaths("shop/order.paid")).toEqual([]);
      await subject.store.commit({
        newRuns,
        newWaits: [
          makeWait({ runId: "r1", stepId: "s1", path: "data.user" }),
          makeWait({ runId: "r1", stepId: "s2", path: "", key: "" }),
          makeWait({ runId: "r2", stepId: "s1", path: "data.id" }),
          makeWait({ runId: "r2", stepId: "s2", path: "data.id" }),
        ],
      });
      await subject.store.commit({ endedWaits: ["r1", "r2"] });
      expect(await subject.store.waitPaths("shop/order.paid")).toEqual(["", "data.id", "data.user"]);
      expect((await subject.store.findWaits({ name: "shop/order.paid", keys: [], now: 1 })).paths).toBe(3);
    });

    it("a refused change-set registers no path", async () => {
      await subject.store.commit({ newRuns });
      const newWaits = [makeWait({ runId: "r1", stepId: "s1" })];
      await expect(subject.store.commit({ newWaits, runs: [{ id: "nobody" }] })).rejects.toThrow();
      expect(await subject.store.waitPaths("shop/order.paid")).toEqual([]);
      await subject.store.commit({ newWaits });
      expect(await subject.store.waitPaths("shop/order.paid")).toEqual(["data.id"]);
    });

    it("a signal registers no path", async () => {
      const wait = makeWait({
        runId: "r1",
        stepId: "s1",
        kind: "signal",
        name: "signal:x",
        path: "",
        key: "",
      });
      await subject.store.commit({ newRuns, newWaits: [wait] });
      expect(await subject.store.waitPaths("signal:x")).toEqual([]);
      expect(await find([""], 1_000, "signal:x")).toEqual([wait]);
    });
  });
}
