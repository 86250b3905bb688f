import { describe, expect, it } from "vitest";
import type { SharedNodes } from "../../shared-nodes.ts";

export function peerSuite(nodes: SharedNodes): void {
  describe("peers", () => {
    const beat = (owner: string, until: number, url: string | null, apps: string[]) =>
      nodes.there.heartbeat({ owner, now: until - 1_000, until, node: { url, apps } });
    const news = (now = 1_000) => nodes.here.news({ owner: "a", now });
    const peers = async () => (await news()).peers;

    it("are the other sessions that are alive, in order of their names", async () => {
      await nodes.here.heartbeat({
        owner: "a",
        now: 1_000,
        until: 9_000,
        node: { url: "http://a", apps: [] },
      });
      await beat("c", 9_000, "http://c:8288", ["shop", 'c"r,m']);
      await beat("b", 9_000, null, []);
      expect(await peers()).toEqual([
        { owner: "b", url: null, apps: [] },
        { owner: "c", url: "http://c:8288", apps: ["shop", 'c"r,m'] },
      ]);
    });

    it("are as they said last", async () => {
      await beat("b", 9_000, null, []);
      await beat("b", 9_000, "http://b", ["shop"]);
      expect(await peers()).toEqual([{ owner: "b", url: "http://b", apps: ["shop"] }]);
      await nodes.there.heartbeat({ owner: "b", now: 1_000, until: 9_000 });
      expect(await peers()).toEqual([{ owner: "b", url: null, apps: [] }]);
    });

    it("are gone when they end, or are given up", async () => {
      await beat("b", 9_000, null, []);
      await beat("c", 2_000, null, []);
      await nodes.there.endSession({ owner: "b", now: 1_500 });
      expect((await peers()).map(({ owner }) => owner)).toEqual(["c"]);
      await nodes.here.reclaim({ now: 2_000 });
      expect(await peers()).toEqual([]);
      expect(await beat("c", 9_000, "http://c", [])).toBe(false);
      expect(await peers()).toEqual([]);
    });

    it("whose time is over are work for reclaim, until it is done", async () => {
      const hasLapsed = async (now: number) => (await news(now)).hasLapsed;
      await beat("b", 2_000, null, []);
      expect([await hasLapsed(1_999), await hasLapsed(2_000)]).toEqual([false, true]);
      await beat("b", 3_000, null, []);
      expect(await hasLapsed(2_999)).toBe(false);
      await nodes.here.reclaim({ now: 3_000 });
      expect(await hasLapsed(9_000)).toBe(false);
    });
  });
}
