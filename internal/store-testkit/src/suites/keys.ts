import { describe, expect, it } from "vitest";
import { makeEvent, makeKey } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function keySuite(subject: Subject): void {
  describe("keys", () => {
    it("a claimed key is a conflict that names whose it is, and nothing is applied", async () => {
      await subject.store.commit({ keys: [makeKey({ key: "k", value: "first" })] });
      const result = await subject.store.commit({
        keys: [makeKey({ key: "other" }), makeKey({ key: "k", value: "second", createdAt: 1_500 })],
        events: [makeEvent({ id: "e1" })],
      });
      const conflict = { kind: "key", index: 1, scope: "event", key: "k", value: "first" };
      expect(result).toEqual({ ok: false, conflict });
      expect(await subject.store.getEvents(["e1"])).toEqual([]);
      expect(await subject.store.commit({ keys: [makeKey({ key: "other" })] })).toEqual({ ok: true });
    });

    it("scopes are apart", async () => {
      await subject.store.commit({ keys: [makeKey({ key: "k" })] });
      const result = await subject.store.commit({
        keys: [makeKey({ scope: "function:shop-fulfil", key: "k" })],
      });
      expect(result.ok).toBe(true);
    });

    it("any text is a key of its own", async () => {
      const odd = [
        "",
        "a",
        "a\u0000b",
        "a\u0000c",
        "\ud800",
        "\ud801",
        '"',
        '"a\\u0000b"',
        "🚀",
        "a\\u0000b",
      ];
      for (const key of odd) {
        expect([key, await subject.store.commit({ keys: [makeKey({ key })] })]).toEqual([key, { ok: true }]);
        const again = await subject.store.commit({ keys: [makeKey({ key, value: "other" })] });
        expect(again).toMatchObject({ ok: false, conflict: { key, value: "event-1" } });
      }
    });

    it("a claim that has expired by then is replaced", async () => {
      await subject.store.commit({ keys: [makeKey({ key: "k", value: "first" })] });
      const again = (createdAt: number, value: string) =>
        subject.store.commit({
          keys: [makeKey({ key: "k", value, createdAt, expiresAt: createdAt + 1_000 })],
        });
      expect((await again(1_999, "second")).ok).toBe(false);
      expect((await again(2_000, "third")).ok).toBe(true);
      const result = await again(2_001, "fourth");
      expect(result.ok || result.conflict).toMatchObject({ kind: "key", value: "third" });
    });

    it("the second of two equal keys in one change-set is a conflict", async () => {
      const keys = [makeKey({ key: "k", value: "first" }), makeKey({ key: "k", value: "second" })];
      expect(await subject.store.commit({ keys })).toEqual({
        ok: false,
        conflict: { kind: "key", index: 1, scope: "event", key: "k", value: "first" },
      });
      expect((await subject.store.commit({ keys: [makeKey({ key: "k" })] })).ok).toBe(true);
    });

    it("of two change-sets in flight that claim a key the first has it", async () => {
      const commit = (value: string) => subject.store.commit({ keys: [makeKey({ key: "k", value })] });
      const results = await Promise.all([commit("a"), commit("b"), commit("c")]);
      expect(results.map(({ ok }) => ok)).toEqual([true, false, false]);
      expect(results[2]).toMatchObject({ conflict: { value: "a" } });
    });

    it("many expired claims are no obstacle to new ones", async () => {
      const keys = Array.from({ length: 50 }, (_, i) => makeKey({ key: `k${i}` }));
      await subject.store.commit({ keys });
      const later = keys.map((key) => ({ ...key, createdAt: 5_000, expiresAt: 6_000 }));
      expect((await subject.store.commit({ keys: later })).ok).toBe(true);
      expect((await subject.store.commit({ keys: later.slice(49) })).ok).toBe(false);
    });
  });
}
