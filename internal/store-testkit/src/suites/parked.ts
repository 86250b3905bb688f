import type { Guard } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { makeMessage, makeOwnedRun, makeRun } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function parkedSuite(subject: Subject): void {
  describe("runs that wait at a gate", () => {
    const parked = async (gate: string, after?: { rank: number; id: string }, limit = 10) =>
      (await subject.store.listParked({ gate, after, limit })).map(({ id }) => id);

    it("are listed in order of rank and id, after any place", async () => {
      const newRuns = [
        makeRun({ id: "r5", gate: "g1", rank: -0.5 }),
        makeRun({ id: "r4", gate: "g1", rank: 10 }),
        makeRun({ id: "r3", gate: "g1", rank: 5 }),
        makeRun({ id: "r2", gate: "g1", rank: 10 }),
        makeRun({ id: "r1", gate: "g2", rank: 1 }),
        makeRun({ id: "r0", rank: 1 }),
      ];
      await subject.store.commit({ newRuns });
      expect(await parked("g1")).toEqual(["r5", "r3", "r2", "r4"]);
      expect(await parked("g1", undefined, 2)).toEqual(["r5", "r3"]);
      expect(await parked("g1", { rank: 5, id: "r3" }, 1)).toEqual(["r2"]);
      expect(await parked("g1", { rank: 10, id: "r2" })).toEqual(["r4"]);
      expect(await parked("g1", { rank: 10, id: "r3" })).toEqual(["r4"]);
      expect(await parked("g1", { rank: 4, id: "r3" }, 2)).toEqual(["r3", "r2"]);
      expect(await parked("g1", { rank: 7, id: "gone" })).toEqual(["r2", "r4"]);
      expect(await parked("g1", { rank: 10, id: "r4" })).toEqual([]);
      expect(await parked("g1", undefined, 0)).toEqual([]);
      expect([await parked("g2"), await parked("g3")]).toEqual([["r1"], []]);
    });

    it("are listed with what it takes to let them through", async () => {
      const flow = '{"lanes":["g1"]}';
      const known = { gate: "g1", rank: 3, flow, queuedAt: 4, startBy: 7, epoch: 2 };
      const newRuns = [makeRun({ id: "r1", ...known, originalRunId: "r0", fork: '{"of":"r0"}' })];
      await subject.store.commit({ newRuns });
      expect(await subject.store.getRun("r1")).toEqual(newRuns[0]);
      const { gate: _, ...listed } = { ...known, functionId: "shop-fulfil", appId: "shop" };
      expect(await subject.store.listParked({ gate: "g1", limit: 5 })).toEqual([{ id: "r1", ...listed }]);
    });

    it("are those that are live, whoever owns them", async () => {
      const statuses = ["queued", "running", "completed", "failed", "cancelled", "skipped"] as const;
      const newRuns = statuses.map((status) => makeRun({ id: status, status, gate: "g1" }));
      await subject.store.commit({
        newRuns: [...newRuns, makeOwnedRun({ id: "held", owner: "a", gate: "g1" })],
      });
      expect(await parked("g1")).toEqual(["held", "queued", "running"]);
      await subject.store.commit({ runs: [{ id: "queued", status: "cancelled" }] });
      expect(await parked("g1")).toEqual(["held", "running"]);
    });

    it("move to another place or gate, or go through", async () => {
      await subject.store.commit({
        newRuns: ["r1", "r2", "r3"].map((id, i) => makeRun({ id, gate: "g1", rank: i })),
      });
      await subject.store.commit({ runs: [{ id: "r1", rank: 7, flow: "{}" }] });
      expect(await parked("g1")).toEqual(["r2", "r3", "r1"]);
      expect((await subject.store.listParked({ gate: "g1", limit: 9 }))[2]).toMatchObject({ flow: "{}" });
      await subject.store.commit({ runs: [{ id: "r2", gate: "g2" }] });
      expect([await parked("g1"), await parked("g2")]).toEqual([["r3", "r1"], ["r2"]]);
      await subject.store.commit({
        runs: [
          { id: "r3", gate: null, flow: null },
          { id: "r2", rank: 9, gate: "g1" },
        ],
      });
      expect([await parked("g1"), await parked("g2")]).toEqual([["r1", "r2"], []]);
      expect(await subject.store.getRun("r3")).toEqual(makeRun({ id: "r3", rank: 2 }));
    });

    it("come back where they were after the end of the process, and after their owner's", async () => {
      await subject.store.commit({
        newRuns: [
          makeRun({ id: "r2", gate: "g1", rank: 2, wakeAt: null }),
          makeOwnedRun({ id: "r1", owner: "a", gate: "g1", rank: 3 }),
        ],
      });
      await subject.reopen();
      expect(await parked("g1")).toEqual(["r2", "r1"]);
      await subject.store.claim({ owner: "b", now: 9_000, limit: 5 });
      await subject.store.endSession({ owner: "b", now: 9_000 });
      expect(await parked("g1")).toEqual(["r2", "r1"]);
    });

    parkedGuard(subject);
    unownedGuard(subject);
    slots(subject);
  });
}

function unownedGuard(subject: Subject): void {
  const take = async (owner: string, epoch: number) => {
    const guard = { kind: "unowned" as const, runId: "r1", epoch };
    const runs = [{ id: "r1", gate: null, owner, epoch: epoch + 1, wakeAt: null, blocked: null }];
    const result = await subject.store.commit({ guards: [guard], runs });
    if (!result.ok) expect(result.conflict).toEqual({ kind: "guard", guard });
    return result.ok;
  };
  const holds = async (owner: string, epoch: number) => {
    const lease = { kind: "lease" as const, runId: "r1", owner, epoch };
    return (await subject.store.commit({ guards: [lease], runs: [{ id: "r1", attempt: 1 }] })).ok;
  };
  const parkedRun = () => makeRun({ id: "r1", gate: "g1", epoch: 3, wakeAt: 9_000, blocked: "gate" });

  it("may be let through and leased in one commit, while nobody owns them", async () => {
    expect(await take("a", 3)).toBe(false);
    await subject.store.heartbeat({ owner: "a", now: 0, until: 10_000 });
    await subject.store.commit({ newRuns: [parkedRun()] });
    expect([await take("a", 2), await take("a", 3), await take("b", 3), await take("b", 4)]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    const leased = { owner: "a", epoch: 4, gate: null, wakeAt: null, blocked: null };
    expect(await subject.store.getRun("r1")).toMatchObject(leased);
    expect([await holds("a", 3), await holds("a", 4)]).toEqual([false, true]);
    expect(await subject.store.claim({ owner: "b", now: 99_000, limit: 5 })).toEqual([]);
    await subject.store.endSession({ owner: "a", now: 9_500 });
    expect(await holds("a", 4)).toBe(false);
    const [claimed] = await subject.store.claim({ owner: "b", now: 9_500, limit: 5 });
    expect(claimed).toMatchObject({ id: "r1", owner: "b", epoch: 5 });
  });

  it("are nobody's to take once they were claimed, or have ended", async () => {
    await subject.store.commit({ newRuns: [parkedRun()] });
    await subject.store.claim({ owner: "b", now: 9_000, limit: 1 });
    expect([await take("a", 3), await take("a", 4)]).toEqual([false, false]);
    await subject.store.commit({ runs: [{ id: "r1", owner: null, status: "cancelled" }] });
    expect(await take("a", 4)).toBe(false);
  });
}

function parkedGuard(subject: Subject): void {
  const at = (gate: string, runId = "r1"): Guard => ({ kind: "parked", runId, gate });
  const passes = async (...guards: Guard[]) => {
    const result = await subject.store.commit({ guards });
    if (!result.ok) expect(result.conflict).toEqual({ kind: "guard", guard: guards[0] });
    return result.ok;
  };

  it("a guard holds while the run is live and at the gate", async () => {
    expect(await passes(at("g1"))).toBe(false);
    const newRuns = [
      makeRun({ id: "r1", gate: "g1" }),
      makeRun({ id: "r2", gate: "g1", status: "failed" }),
      makeRun({ id: "r3" }),
    ];
    await subject.store.commit({ newRuns });
    expect([await passes(at("g1")), await passes(at("g2"))]).toEqual([true, false]);
    expect([await passes(at("g1", "r2")), await passes(at("g1", "r3"))]).toEqual([false, false]);
    await subject.store.commit({ runs: [{ id: "r1", gate: "g2" }] });
    expect([await passes(at("g1")), await passes(at("g2"))]).toEqual([false, true]);
    await subject.store.claim({ owner: "a", now: 1_000, limit: 5 });
    expect(await passes(at("g2"))).toBe(true);
    await subject.store.commit({ runs: [{ id: "r1", gate: null }] });
    expect(await passes(at("g2"))).toBe(false);
    await subject.store.commit({ runs: [{ id: "r1", gate: "g2", status: "cancelled" }] });
    expect(await passes(at("g2"))).toBe(false);
  });

  it("of two in the same batch that let a run through, one does", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1", gate: "g1" })] });
    const results = await Promise.all([
      subject.store.commit({ guards: [at("g1")], runs: [{ id: "r1", gate: null, attempt: 1 }] }),
      subject.store.commit({ guards: [at("g1")], runs: [{ id: "r1", gate: null, attempt: 2 }] }),
      subject.store.commit({ guards: [at("g1", "r2")], newRuns: [makeRun({ id: "r2", gate: "g1" })] }),
    ]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false]);
    expect((await subject.store.getRun("r1"))?.attempt).toBe(1);
  });
}

function slots(subject: Subject): void {
  const wakeAt = async () => (await subject.store.getRun("r1"))?.wakeAt;

  it("wake when they are let through, however they are blocked", async () => {
    const slot = makeMessage({ id: "m1", runId: "r1", kind: "slot", stepId: "", createdAt: 1_700 });
    await subject.store.commit({
      newRuns: [makeRun({ id: "r1", wakeAt: null, blocked: "gate", gate: "g1" })],
    });
    await subject.store.commit({ messages: [slot], runs: [{ id: "r1", gate: null }] });
    expect(await wakeAt()).toBe(1_700);
    expect((await subject.store.loadRun("r1"))?.messages).toEqual([slot]);
  });

  it("are due for it when they are given back while it is on its way", async () => {
    await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
    await subject.store.commit({
      messages: [
        makeMessage({ id: "m1", runId: "r1", kind: "event", createdAt: 1_600 }),
        makeMessage({ id: "m2", runId: "r1", kind: "slot", createdAt: 1_800 }),
      ],
    });
    await subject.store.commit({ runs: [{ id: "r1", owner: null, blocked: "gate", wakeAt: null }] });
    expect(await wakeAt()).toBe(1_800);
    const cancel = makeMessage({ id: "m3", runId: "r1", kind: "cancel", createdAt: 1_700 });
    await subject.store.commit({ messages: [cancel] });
    expect(await wakeAt()).toBe(1_700);
    await subject.store.commit({ runs: [{ id: "r1", owner: null, blocked: "gate", wakeAt: null }] });
    expect(await wakeAt()).toBe(1_700);
  });
}
