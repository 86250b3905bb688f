import { describe, expect, it } from "vitest";
import type { Subject } from "../subject.ts";

export function documentSuite(subject: Subject): void {
  describe("documents", () => {
    const put = (id: string, version: number, more: { kind?: string; body?: string; now?: number } = {}) =>
      subject.store.putDocument({ kind: "webhook", id, body: "{}", version, now: 1_000, ...more });
    const get = (id: string, kind = "webhook") => subject.store.getDocument({ kind, id });
    const remove = (id: string, version: number, kind = "webhook") =>
      subject.store.deleteDocument({ kind, id, version });

    it("are made, changed and deleted by whoever knows their version", async () => {
      expect(await get("a")).toBeNull();
      expect(await put("a", 1)).toBe(false);
      expect(await put("a", 0, { body: '{"n":1}' })).toBe(true);
      expect(await put("a", 0, { body: '{"n":2}' })).toBe(false);
      const made = {
        kind: "webhook",
        id: "a",
        body: '{"n":1}',
        version: 1,
        createdAt: 1_000,
        updatedAt: 1_000,
      };
      expect(await get("a")).toEqual(made);
      expect(await put("a", 1, { body: '{"n":3}', now: 2_000 })).toBe(true);
      expect(await put("a", 1, { body: '{"n":4}', now: 3_000 })).toBe(false);
      expect(await get("a")).toEqual({ ...made, body: '{"n":3}', version: 2, updatedAt: 2_000 });
      expect(await remove("a", 1)).toBe(false);
      expect(await remove("a", 2)).toBe(true);
      expect(await remove("a", 2)).toBe(false);
      expect(await get("a")).toBeNull();
    });

    it("of two who change the same one at once, one does", async () => {
      await put("a", 0);
      const won = await Promise.all([1, 2, 3].map((n) => put("a", 1, { body: String(n) })));
      expect(won.filter((isWinner) => isWinner)).toHaveLength(1);
      expect((await get("a"))?.body).toBe(String(won.indexOf(true) + 1));
      const made = await Promise.all([1, 2, 3].map(() => put("b", 0)));
      expect(made.filter((isWinner) => isWinner)).toHaveLength(1);
    });

    it("are listed by kind, in order of id, in pages", async () => {
      for (const id of ["c", "a", "b", "B"]) await put(id, 0);
      await put("a", 0, { kind: "key", body: "1" });
      const ids = async (more: { cursor?: string; limit?: number } = {}) =>
        (await subject.store.listDocuments({ kind: "webhook", ...more })).map(({ id }) => id);
      expect(await ids()).toEqual(["B", "a", "b", "c"]);
      expect(await ids({ limit: 2 })).toEqual(["B", "a"]);
      expect(await ids({ cursor: "a", limit: 2 })).toEqual(["b", "c"]);
      expect((await get("a", "key"))?.body).toBe("1");
      expect(await subject.store.listDocuments({ kind: "none" })).toEqual([]);
      await remove("a", 1, "key");
      expect(await get("a")).not.toBeNull();
    });

    it("are still there after opening again", async () => {
      await put("a", 0, { body: '"text"' });
      const before = await get("a");
      await subject.reopen();
      expect(await get("a")).toEqual(before);
      expect(await put("a", 1)).toBe(true);
    });
  });
}
