import { describe, expect, it } from "vitest";
import { makeApp, makeFunction } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function appSuite(subject: Subject): void {
  describe("apps", () => {
    const put = (functions: Parameters<typeof makeFunction>[0][], now = 1_000, id = "shop") =>
      subject.store.putApp({ app: makeApp({ id }), functions: functions.map(makeFunction), now });
    const versions = async () =>
      (await subject.store.listFunctions()).map(({ id, version, archivedAt }) => [id, version, archivedAt]);

    it("are replaced, but keep the time they were made", async () => {
      await put([]);
      const app = makeApp({ id: "shop", url: null, error: "unreachable", createdAt: 2_000, syncedAt: 2_000 });
      await subject.store.putApp({ app, functions: [], now: 2_000 });
      await put([], 2_000, "crm");
      expect(await subject.store.listApps()).toEqual([makeApp({ id: "crm" }), { ...app, createdAt: 1_000 }]);
    });

    it("a function's version grows when its config changes, whatever version is put", async () => {
      await put([
        { id: "shop-b", version: 7 },
        { id: "shop-a", archivedAt: 5 },
      ]);
      expect(await versions()).toEqual([
        ["shop-a", 1, null],
        ["shop-b", 1, null],
      ]);
      await put([
        { id: "shop-b", config: "{}", version: 1 },
        { id: "shop-a", name: "Renamed", createdAt: 9_000 },
      ]);
      expect(await versions()).toEqual([
        ["shop-a", 1, null],
        ["shop-b", 2, null],
      ]);
      const [first] = await subject.store.listFunctions();
      expect(first).toEqual(makeFunction({ id: "shop-a", name: "Renamed" }));
    });

    it("functions that are not listed any more are archived, and come back when they are", async () => {
      await put([{ id: "shop-a" }, { id: "shop-b" }]);
      await put([{ id: "crm-a", appId: "crm" }], 1_500, "crm");
      await put([{ id: "shop-b" }], 2_000);
      await put([{ id: "shop-b" }], 3_000);
      expect(await versions()).toEqual([
        ["crm-a", 1, null],
        ["shop-a", 1, 2_000],
        ["shop-b", 1, null],
      ]);
      await put([{ id: "shop-a" }], 4_000);
      expect((await versions()).slice(1)).toEqual([
        ["shop-a", 1, null],
        ["shop-b", 1, 4_000],
      ]);
    });

    it("what operators decide of limits is set only on what they have seen, if they say so", async () => {
      const overrides = async () => (await subject.store.listFunctions()).map((row) => row.overrides);
      const set = (before: string | null, next: string | null) =>
        subject.store.setFunction({ id: "shop-a", overrides: next, overridesBefore: before });
      await put([{ id: "shop-a" }, { id: "shop-b" }]);
      expect(await set("1", "2")).toBe(false);
      expect(await set(null, "1")).toBe(true);
      expect(await set(null, "2")).toBe(false);
      expect(await overrides()).toEqual(["1", null]);
      const both = await Promise.all([set("1", "a"), set("1", "b")]);
      expect(both.filter(Boolean)).toHaveLength(1);
      expect(await overrides()).toEqual([both[0] ? "a" : "b", null]);
      expect(await set(both[0] ? "a" : "b", null)).toBe(true);
      expect(await overrides()).toEqual([null, null]);
    });

    it("what operators set of a function stays until they set it, whatever is put", async () => {
      const set = (given: { id: string; paused?: string | null; overrides?: string | null }) =>
        subject.store.setFunction(given);
      const settings = async () =>
        (await subject.store.listFunctions()).map(({ paused, overrides }) => [paused, overrides]);
      expect(await set({ id: "shop-a", paused: "{}" })).toBe(false);
      await put([{ id: "shop-a" }, { id: "shop-b", paused: '{"at":1}', overrides: '{"limit":2}' }]);
      expect(await settings()).toEqual([
        [null, null],
        ['{"at":1}', '{"limit":2}'],
      ]);
      expect(await set({ id: "shop-a", paused: '{"at":3}' })).toBe(true);
      expect(await set({ id: "shop-a", overrides: '{"limit":4}' })).toBe(true);
      expect(await set({ id: "shop-b", paused: null })).toBe(true);
      expect(await set({ id: "shop-b" })).toBe(true);
      const expected = [
        ['{"at":3}', '{"limit":4}'],
        [null, '{"limit":2}'],
      ];
      expect(await settings()).toEqual(expected);
      await put([
        { id: "shop-a", config: "{}" },
        { id: "shop-b", paused: '{"at":5}', overrides: "{}" },
      ]);
      expect(await settings()).toEqual(expected);
      await subject.store.deleteApp({ appId: "shop", now: 2_000 });
      expect(await set({ id: "shop-a", paused: null, overrides: null })).toBe(true);
      await put([{ id: "shop-a" }], 3_000);
      expect(await settings()).toEqual([[null, null], expected[1]]);
      expect(await versions()).toEqual([
        ["shop-a", 3, null],
        ["shop-b", 1, 2_000],
      ]);
    });

    it("one that is deleted leaves its functions archived", async () => {
      await put([{ id: "shop-a" }, { id: "shop-b" }]);
      await put([{ id: "shop-b" }], 2_000);
      await put([{ id: "crm-a", appId: "crm" }], 2_000, "crm");
      await subject.store.deleteApp({ appId: "shop", now: 3_000 });
      await subject.store.deleteApp({ appId: "nobody", now: 3_000 });
      expect((await subject.store.listApps()).map(({ id }) => id)).toEqual(["crm"]);
      expect(await versions()).toEqual([
        ["crm-a", 1, null],
        ["shop-a", 1, 2_000],
        ["shop-b", 1, 3_000],
      ]);
    });
  });
}
