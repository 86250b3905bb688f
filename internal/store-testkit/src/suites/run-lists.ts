import type { RunFilter } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { makeEvent, makeMessage, makeRun, makeStep, makeWait } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function runListSuite(subject: Subject): void {
  describe("runs", () => {
    const ids = async (filter: RunFilter) => (await subject.store.listRuns(filter)).map(({ id }) => id);

    it("load with their steps, events, messages and waits", async () => {
      const run = makeRun({ id: "r1", eventIds: '["e2","e1","gone"]', eventId: "e2" });
      const loaded = {
        run,
        steps: [makeStep({ runId: "r1", no: 0 })],
        events: [makeEvent({ id: "e2" }), makeEvent({ id: "e1" })],
        messages: [makeMessage({ runId: "r1", id: "m1" })],
        waits: [makeWait({ runId: "r1", stepId: "s1" })],
      };
      const { steps, events, messages, waits } = loaded;
      await subject.store.commit({ newRuns: [run, makeRun({ id: "r2", eventId: "e1" })], steps, events });
      await subject.store.commit({ messages, newWaits: waits });
      expect(await subject.store.loadRun("r1")).toEqual({ ...loaded, run: { ...run, wakeAt: 1_000 } });
      expect(await subject.store.loadRun("r2")).toMatchObject({
        events: [{ id: "e1" }],
        steps: [],
        waits: [],
      });
      expect([await subject.store.loadRun("nobody"), await subject.store.getRun("nobody")]).toEqual([
        null,
        null,
      ]);
    });

    it("load when they have 10,000 steps", async () => {
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      const steps = Array.from({ length: 10_000 }, (_, no) => makeStep({ runId: "r1", no }));
      for (let i = 0; i < steps.length; i += 2_500)
        await subject.store.commit({ steps: steps.slice(i, i + 2_500) });
      expect((await subject.store.loadRun("r1"))?.steps).toEqual(steps);
    });

    it("are listed newest first or oldest first, page by page", async () => {
      const newRuns = Array.from({ length: 25 }, (_, i) => makeRun({ id: `r${String(i).padStart(2, "0")}` }));
      await subject.store.commit({ newRuns: newRuns.reverse() });
      const first = await ids({});
      expect([first.length, first[0], first[19]]).toEqual([20, "r24", "r05"]);
      expect(await ids({ cursor: "r05" })).toEqual(["r04", "r03", "r02", "r01", "r00"]);
      expect(await ids({ order: "asc", limit: 2 })).toEqual(["r00", "r01"]);
      expect(await ids({ order: "asc", limit: 2, cursor: "r01" })).toEqual(["r02", "r03"]);
      expect(await ids({ limit: 0 })).toEqual(["r24"]);
    });

    it("a page has at most 400", async () => {
      await subject.store.commit({
        newRuns: Array.from({ length: 401 }, (_, i) => makeRun({ id: `r${i}` })),
      });
      expect((await ids({ limit: 5_000 })).length).toBe(400);
    });

    filters(subject, ids);
  });
}

function filters(subject: Subject, ids: (filter: RunFilter) => Promise<string[]>): void {
  it("are filtered", async () => {
    await subject.store.commit({
      newRuns: [
        makeRun({ id: "r1", eventId: "e1", queuedAt: 1_000, endedAt: 5_000, status: "completed" }),
        makeRun({
          id: "r2",
          eventId: "e2",
          queuedAt: 2_000,
          startedAt: 2_500,
          functionId: "crm-sync",
          appId: "crm",
        }),
        makeRun({
          id: "r3",
          eventId: "e1",
          queuedAt: 3_000,
          origin: "defer",
          parentRunId: "r1",
          originalRunId: "r1",
        }),
        makeRun({
          id: "r4",
          eventId: "e2",
          queuedAt: 4_000,
          origin: "cron",
          parentRunId: "r1",
          status: "failed",
          originalRunId: "r1",
        }),
      ],
    });
    const cases: [RunFilter, string[]][] = [
      [{ status: ["queued", "failed"] }, ["r4", "r3", "r2"]],
      [{ status: [] }, []],
      [{ functionIds: ["crm-sync"] }, ["r2"]],
      [{ functionIds: ["crm-sync", "shop-fulfil"], order: "asc" }, ["r1", "r2", "r3", "r4"]],
      [{ functionIds: [] }, []],
      [{ appIds: ["crm"] }, ["r2"]],
      [{ origins: ["cron", "defer"] }, ["r4", "r3"]],
      [{ eventId: "e1" }, ["r3", "r1"]],
      [{ eventId: "e1", order: "asc", cursor: "r1" }, ["r3"]],
      [{ parentRunId: "r1" }, ["r4", "r3"]],
      [{ parentRunId: "r1", cursor: "r4" }, ["r3"]],
      [{ parentRunId: "r1", status: ["failed"], eventId: "e2" }, ["r4"]],
      [{ originalRunId: "r1" }, ["r4", "r3"]],
      [{ originalRunId: "r1", order: "asc", cursor: "r3" }, ["r4"]],
      [{ originalRunId: "r1", eventId: "e1", parentRunId: "r1" }, ["r3"]],
      [{ originalRunId: "r2" }, []],
      [{ from: 2_000, until: 4_000 }, ["r3", "r2"]],
      [{ timeField: "startedAt", from: 0 }, ["r2"]],
      [{ timeField: "endedAt", until: 5_001 }, ["r1"]],
      [{ timeField: "endedAt", until: 5_000 }, []],
    ];
    for (const [filter, expected] of cases) expect([filter, await ids(filter)]).toEqual([filter, expected]);
  });
}
