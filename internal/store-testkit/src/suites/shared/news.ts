import { describe, expect, it } from "vitest";
import { makeApp, makeFunction, makeGate, makeMessage, makeOwnedRun, makeRun } from "../../rows.ts";
import type { SharedNodes } from "../../shared-nodes.ts";

export function newsSuite(nodes: SharedNodes): void {
  describe("news", () => {
    const news = (owner = "a", now = 1_000) => nodes.here.news({ owner, now });
    const version = async () => (await news()).registryVersion;

    it("of an empty store are none", async () => {
      const { registryVersion, ...others } = await news();
      expect(others).toEqual({ wakeAt: null, gateAt: null, messages: [], peers: [], hasLapsed: false });
      expect(Number.isSafeInteger(registryVersion)).toBe(true);
    });

    it("tell the earliest time of a live run that nobody owns", async () => {
      const newRuns = [
        makeRun({ id: "r1", wakeAt: 3_000 }),
        makeRun({ id: "r2", wakeAt: 2_000.5 }),
        makeRun({ id: "r3", wakeAt: 1_000, status: "completed" }),
        makeOwnedRun({ id: "r4", owner: "b", wakeAt: 1_000 }),
        makeRun({ id: "r5", wakeAt: null }),
      ];
      await nodes.there.commit({ newRuns });
      expect((await news()).wakeAt).toBe(2_000.5);
    });

    it("tell the earliest time of a gate", async () => {
      const gates = [makeGate({ id: "g1", dueAt: 3_000 }), makeGate({ id: "g2", dueAt: 2_000.5 })];
      await nodes.there.commit({ gates: [...gates, makeGate({ id: "g3", dueAt: null })] });
      expect((await news()).gateAt).toBe(2_000.5);
      await nodes.here.commit({ endedGates: ["g2"] });
      expect([(await news()).gateAt, (await news("nobody", 9_000)).gateAt]).toEqual([3_000, 3_000]);
    });

    it("bring the messages of this session's live runs, as they were stored", async () => {
      await nodes.here.commit({
        newRuns: [
          makeOwnedRun({ id: "r1", owner: "a" }),
          makeOwnedRun({ id: "r2", owner: "b" }),
          makeRun({ id: "r3" }),
        ],
      });
      const first = makeMessage({ id: "m2", runId: "r1", payload: '{"text":"\\"ü😀\\u0001"}' });
      const second = makeMessage({ id: "m1", runId: "r1", kind: "cancel", createdAt: 1_500.25 });
      await nodes.there.commit({ messages: [first, makeMessage({ id: "m1", runId: "r2" })] });
      await nodes.there.commit({ messages: [second, makeMessage({ id: "m1", runId: "r3" })] });
      expect((await news()).messages).toEqual([first, second]);
      expect((await news("nobody")).messages).toEqual([]);
      await nodes.here.commit({ consumed: [{ runId: "r1", id: "m2" }] });
      expect((await news()).messages).toEqual([second]);
      await nodes.here.commit({ runs: [{ id: "r1", owner: null, wakeAt: 5_000 }] });
      expect((await news()).messages).toEqual([]);
    });

    it("follow a run to whoever claims it", async () => {
      const message = makeMessage({ id: "m1", runId: "r1" });
      await nodes.here.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })], messages: [message] });
      await nodes.here.commit({ runs: [{ id: "r1", owner: null }] });
      await nodes.there.claim({ owner: "b", now: 2_000, limit: 1 });
      expect([(await news("a")).messages, (await news("b")).messages]).toEqual([[], [message]]);
    });

    it("have another version with every function that is set", async () => {
      await nodes.there.putApp({
        app: makeApp({ id: "shop" }),
        functions: [makeFunction({ id: "shop-a" })],
        now: 1,
      });
      const before = await version();
      expect(await nodes.there.setFunction({ id: "shop-a", paused: "{}" })).toBe(true);
      const after = await version();
      expect(after).not.toBe(before);
      expect(await nodes.there.setFunction({ id: "nobody", paused: "{}" })).toBe(false);
    });

    it("have another version with every app that is put or deleted, on all nodes the same", async () => {
      const seen = [await version()];
      const functions = [makeFunction({ id: "shop-a" })];
      await nodes.there.putApp({ app: makeApp({ id: "shop" }), functions, now: 1_000 });
      seen.push(await version());
      await nodes.here.putApp({ app: makeApp({ id: "shop" }), functions: [], now: 2_000 });
      seen.push(await version());
      await nodes.there.deleteApp({ appId: "shop", now: 3_000 });
      seen.push(await version());
      expect(new Set(seen).size).toBe(4);
      const there = await nodes.there.news({ owner: "b", now: 1_000 });
      expect(there.registryVersion).toBe(seen.at(-1));
      await nodes.there.commit({ newRuns: [makeRun({ id: "r1" })] });
      expect(await version()).toBe(seen.at(-1));
    });
  });
}
