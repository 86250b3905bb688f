import type { ChangeSet } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { makeMessage, makeOwnedRun, makeRun } from "../../rows.ts";
import type { SharedNodes } from "../../shared-nodes.ts";

export function hintSuite(nodes: SharedNodes): void {
  describe("hints", () => {
    /** The first that comes from now on. */
    const hint = () =>
      new Promise<void>((resolve) => {
        const stop = nodes.here.onHint(() => {
          stop();
          resolve();
        });
      });
    const beat = () => nodes.here.heartbeat({ owner: "a", now: 1_000, until: 9_000 });

    it.each<[string, ChangeSet]>([
      ["a message for a run that this node holds", { messages: [makeMessage({ id: "m1", runId: "held" })] }],
      ["a message for a run that nobody holds", { messages: [makeMessage({ id: "m1", runId: "parked" })] }],
      ["a run that nobody owns", { newRuns: [makeRun({ id: "new" })] }],
    ])("come with %s, when it can be seen", async (_, changes) => {
      await beat();
      const held = makeOwnedRun({ id: "held", owner: "a" });
      await nodes.here.commit({ newRuns: [held, makeRun({ id: "parked", wakeAt: null })] });
      const seen = hint().then(() => nodes.here.news({ owner: "a", now: 9_000 }));
      expect(await nodes.there.commit(changes)).toEqual({ ok: true });
      const { wakeAt, messages } = await seen;
      expect(wakeAt !== null || messages.length > 0).toBe(true);
    });

    it("are heard by all who listen, and no more by those who stopped", async () => {
      const heard: string[] = [];
      const stop = nodes.here.onHint(() => heard.push("first"));
      nodes.here.onHint(() => heard.push("second"));
      const before = hint();
      await nodes.there.commit({ newRuns: [makeRun({ id: "r1" })] });
      await before;
      expect(new Set(heard)).toEqual(new Set(["first", "second"]));
      stop();
      heard.length = 0;
      const after = hint();
      await nodes.there.commit({ newRuns: [makeRun({ id: "r2" })] });
      await after;
      expect(new Set(heard)).toEqual(new Set(["second"]));
    });
  });
}
