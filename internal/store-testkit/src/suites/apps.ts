import { describe, expect, it } from "vitest";
import type { Subject } from "../conformance.ts";
import { makeApp, makeFunction } from "../rows.ts";

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
