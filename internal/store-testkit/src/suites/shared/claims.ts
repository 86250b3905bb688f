import { describe, expect, it } from "vitest";
import { makeRun } from "../../rows.ts";
import type { SharedNodes } from "../../shared-nodes.ts";

export function sharedClaimSuite(nodes: SharedNodes): void {
  describe("claims", () => {
    const claimIds = async (limit: number, exceptApps?: string[]) => {
      const asked = { owner: "a", now: 1_000, limit };
      const claimed = await nodes.here.claim(exceptApps ? { ...asked, exceptApps } : asked);
      return claimed.map(({ id, appId }) => [id, appId]);
    };
    const runs = [
      makeRun({ id: "r1", appId: "shop" }),
      makeRun({ id: "r2", appId: "crm" }),
      makeRun({ id: "r3", appId: "mail" }),
      makeRun({ id: "r4", appId: "crm" }),
    ];

    it("leave the runs of some apps to others", async () => {
      await nodes.here.commit({ newRuns: runs });
      expect(await claimIds(9, ["shop", "mail", "nobody"])).toEqual([
        ["r2", "crm"],
        ["r4", "crm"],
      ]);
      expect(await nodes.here.nextWakeAt()).toBe(1_000);
      expect(await claimIds(9, [])).toEqual([
        ["r1", "shop"],
        ["r3", "mail"],
      ]);
    });

    it("reach their limit although such runs come first", async () => {
      await nodes.here.commit({ newRuns: runs });
      expect(await claimIds(2, ["shop"])).toEqual([
        ["r2", "crm"],
        ["r3", "mail"],
      ]);
      expect(await claimIds(2)).toEqual([
        ["r1", "shop"],
        ["r4", "crm"],
      ]);
    });
  });
}
