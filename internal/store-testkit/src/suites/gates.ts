import type { Guard } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { makeEvent, makeGate, makeKey, makeRun } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function gateSuite(subject: Subject): void {
  describe("gates", () => {
    const get = (...ids: string[]) => subject.store.getGates(ids);

    it("are put, replaced as a whole, and gone when they end", async () => {
      const gate = makeGate({ id: "g1", kind: "debounce", state: '{"text":"ü😀"}', dueAt: 2_000.5 });
      const other = makeGate({ id: "g2", functionId: null });
      await subject.store.commit({ gates: [gate, other] });
      const found = await get("g2", "nobody", "g1", "g2");
      expect(found.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([gate, other]);
      const replaced = makeGate({ id: "g1", functionId: null, stamp: "stamp-2" });
      await subject.store.commit({ gates: [replaced] });
      expect(await get("g1")).toEqual([replaced]);
      await subject.store.commit({ endedGates: ["g1", "nobody"] });
      expect([await get("g1"), await get("g2")]).toEqual([[], [other]]);
      expect(await get()).toEqual([]);
    });

    it("one that a change-set puts and ends is gone, the last of two is there", async () => {
      const gates = [
        makeGate({ id: "g1" }),
        makeGate({ id: "g2" }),
        makeGate({ id: "g2", stamp: "stamp-2", dueAt: 5 }),
      ];
      await subject.store.commit({ gates, endedGates: ["g1"] });
      expect(await get("g1", "g2")).toEqual([gates[2]]);
      expect(await subject.store.nextGateAt()).toBe(5);
    });

    it("survive the end of the process", async () => {
      const gate = makeGate({ id: "g1", dueAt: 7 });
      await subject.store.commit({ gates: [gate] });
      const store = await subject.reopen();
      expect([await store.getGates(["g1"]), await store.nextGateAt()]).toEqual([[gate], 7]);
    });

    due(subject);
    lists(subject);
    stamps(subject);
  });
}

function due(subject: Subject): void {
  const dueIds = async (now: number, limit = 10) =>
    (await subject.store.dueGates({ now, limit })).map(({ id }) => id);

  it("are due in order of time and id, as often as somebody asks", async () => {
    expect([await dueIds(9_000), await subject.store.nextGateAt()]).toEqual([[], null]);
    const times: [string, number | null][] = [
      ["g4", 1_500],
      ["g1", 2_000],
      ["g3", 1_000],
      ["g2", 1_500],
      ["g0", null],
    ];
    const gates = times.map(([id, dueAt]) => makeGate({ id, dueAt }));
    await subject.store.commit({ gates });
    expect(await subject.store.nextGateAt()).toBe(1_000);
    expect(await dueIds(999)).toEqual([]);
    expect(await dueIds(1_000)).toEqual(["g3"]);
    expect(await dueIds(9_000)).toEqual(["g3", "g2", "g4", "g1"]);
    expect(await dueIds(9_000, 2)).toEqual(["g3", "g2"]);
    expect(await dueIds(9_000, 0)).toEqual([]);
    expect(await subject.store.dueGates({ now: 1_000, limit: 1 })).toEqual([gates[2]]);
  });

  it("are due when they were last said to be", async () => {
    await subject.store.commit({ gates: [makeGate({ id: "g1", dueAt: 1_000 })] });
    await subject.store.commit({ gates: [makeGate({ id: "g1", dueAt: 3_000 })] });
    expect([await dueIds(2_000), await subject.store.nextGateAt()]).toEqual([[], 3_000]);
    await subject.store.commit({ gates: [makeGate({ id: "g1", dueAt: 1_000 })] });
    expect([await dueIds(2_000), await subject.store.nextGateAt()]).toEqual([["g1"], 1_000]);
    await subject.store.commit({ gates: [makeGate({ id: "g1", dueAt: null })] });
    expect([await dueIds(9_000), await subject.store.nextGateAt()]).toEqual([[], null]);
    await subject.store.commit({ gates: [makeGate({ id: "g1", dueAt: 1_000 })] });
    await subject.store.commit({ endedGates: ["g1"] });
    expect([await dueIds(9_000), await subject.store.nextGateAt()]).toEqual([[], null]);
    await subject.store.commit({ gates: [makeGate({ id: "g1", dueAt: 1_000 })] });
    expect(await dueIds(9_000)).toEqual(["g1"]);
  });
}

function lists(subject: Subject): void {
  it("are listed in order of id, page by page, by function and kind", async () => {
    const ids = async (filter: Parameters<typeof subject.store.listGates>[0]) =>
      (await subject.store.listGates(filter)).map(({ id }) => id);
    const gates = Array.from({ length: 25 }, (_, i) => makeGate({ id: `g${String(i).padStart(2, "0")}` }));
    const others = [
      makeGate({ id: "g25", functionId: "crm-sync" }),
      makeGate({ id: "g26", functionId: null, kind: "throttle" }),
      makeGate({ id: "g27", kind: "rate" }),
    ];
    await subject.store.commit({ gates: [...others, ...gates.reverse()] });
    const first = await ids({});
    expect([first.length, first[0], first[19]]).toEqual([20, "g00", "g19"]);
    expect(await ids({ cursor: "g19" })).toEqual(["g20", "g21", "g22", "g23", "g24", "g25", "g26", "g27"]);
    expect(await ids({ limit: 0 })).toEqual(["g00"]);
    expect(await ids({ functionId: "crm-sync" })).toEqual(["g25"]);
    expect(await ids({ kinds: ["rate", "throttle"] })).toEqual(["g26", "g27"]);
    expect(await ids({ kinds: ["rate", "throttle"], functionId: "shop-fulfil" })).toEqual(["g27"]);
    expect(await ids({ kinds: [] })).toEqual([]);
    expect((await ids({ functionId: "shop-fulfil", cursor: "g23" })).length).toBe(2);
    expect(await subject.store.listGates({ functionId: "crm-sync" })).toEqual([others[0]]);
  });

  it("a page has at most 400", async () => {
    const gates = Array.from({ length: 401 }, (_, i) => makeGate({ id: `g${i}` }));
    await subject.store.commit({ gates });
    expect((await subject.store.listGates({ limit: 5_000 })).length).toBe(400);
  });
}

function stamps(subject: Subject): void {
  const at = (id: string, stamp: string | null): Guard => ({ kind: "gate", id, stamp });
  const commit = (guards: Guard[], stamp: string, given: Parameters<typeof subject.store.commit>[0] = {}) =>
    subject.store.commit({ guards, gates: [makeGate({ id: "g1", stamp })], ...given });
  const refusal = (guard: Guard) => ({ ok: false, conflict: { kind: "guard", guard } });

  it("a guard holds for the stamp that the gate has, and for null while there is none", async () => {
    expect(await commit([at("g1", "s1")], "s2")).toEqual(refusal(at("g1", "s1")));
    expect(await commit([at("g1", null)], "s1")).toEqual({ ok: true });
    expect(await commit([at("g1", null)], "s2")).toEqual(refusal(at("g1", null)));
    expect(await commit([at("g1", "s0")], "s2")).toEqual(refusal(at("g1", "s0")));
    expect(await commit([at("g1", "s1")], "s2")).toEqual({ ok: true });
    expect(await commit([at("g1", "s1")], "s3")).toEqual(refusal(at("g1", "s1")));
    expect((await subject.store.getGates(["g1"]))[0]?.stamp).toBe("s2");
    expect(await subject.store.commit({ guards: [at("g1", "s2")], endedGates: ["g1"] })).toEqual({
      ok: true,
    });
    expect(await commit([at("g1", "s2")], "s3")).toEqual(refusal(at("g1", "s2")));
    expect(await commit([at("g1", null)], "s3")).toEqual({ ok: true });
  });

  it("of several guards the first that does not hold is named, and nothing is applied", async () => {
    await commit([], "s1", { gates: [makeGate({ id: "g1", stamp: "s1" }), makeGate({ id: "g2" })] });
    const guards = [at("g1", "s1"), at("g3", null), at("g2", "old"), at("g1", "old")];
    const all = { events: [makeEvent({ id: "e1" })], keys: [makeKey({ key: "k" })], endedGates: ["g2"] };
    expect(await commit(guards, "s2", all)).toEqual(refusal(at("g2", "old")));
    expect(await subject.store.getEvents(["e1"])).toEqual([]);
    expect((await subject.store.getGates(["g1", "g2"])).length).toBe(2);
    expect((await subject.store.commit({ keys: [makeKey({ key: "k" })] })).ok).toBe(true);
  });

  it("a change-set sees the stamps that those before it in the same batch have left", async () => {
    const results = await Promise.all([
      commit([at("g1", null)], "s1"),
      commit([at("g1", null)], "lost"),
      commit([at("g1", "s1")], "s2"),
      commit([at("g1", "s1")], "lost", { newRuns: [makeRun({ id: "r1" })] }),
      subject.store.commit({ guards: [at("g1", "s2")], endedGates: ["g1"] }),
      commit([at("g1", "s2")], "lost"),
      commit([at("g1", null)], "s3", { newRuns: [makeRun({ id: "r2" })] }),
    ]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true, false, true, false, true]);
    expect(results[3]).toEqual(refusal(at("g1", "s1")));
    expect((await subject.store.getGates(["g1"]))[0]?.stamp).toBe("s3");
    expect((await subject.store.listRuns({})).map(({ id }) => id)).toEqual(["r2"]);
  });
}
