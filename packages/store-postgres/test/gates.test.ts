import type { GateRow, Guard, Store } from "@stepfast/store";
import { makeEvent, makeGate, makeRun, makeStep, pruneAll } from "@stepfast-internal/store-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useDatabase } from "./database.ts";

const database = useDatabase();
const rounds = Array.from({ length: 60 }, (_, i) => i);

describe("two nodes at the same gates", () => {
  let a: Store;
  let b: Store;
  beforeEach(async () => {
    a = (await database.openFresh()).store;
    b = await database.open();
  });
  afterEach(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  /** Counts one up in the gate's state, which it makes if it is not there. */
  async function countUp(store: Store, stamp: string): Promise<void> {
    for (;;) {
      const [gate] = await store.getGates(["g1"]);
      const count = gate === undefined ? 0 : Number(JSON.parse(gate.state));
      const guard: Guard = { kind: "gate", id: "g1", stamp: gate?.stamp ?? null };
      const gates: GateRow[] = [makeGate({ id: "g1", stamp, state: String(count + 1) })];
      if ((await store.commit({ guards: [guard], gates })).ok) return;
    }
  }

  it("lose nothing of what each puts, from the first on", async () => {
    const count = async (store: Store, name: string) => {
      for (const i of rounds) await countUp(store, `${name}${i}`);
    };
    await Promise.all([count(a, "a"), count(b, "b"), count(b, "c")]);
    expect((await a.getGates(["g1"]))[0]?.state).toBe(String(3 * rounds.length));
  });

  it("of which each relies on that there is none of the other's: one at a time makes its own", async () => {
    for (const i of rounds) {
      const make = (store: Store, own: string, other: string) =>
        store.commit({
          guards: [{ kind: "gate", id: `${other}${i}`, stamp: null }],
          gates: [makeGate({ id: `${own}${i}` })],
        });
      const results = await Promise.all([make(a, "x", "y"), make(b, "y", "x")]);
      expect(results.filter(({ ok }) => ok).length).toBe(1);
      expect((await a.getGates([`x${i}`, `y${i}`])).length).toBe(1);
    }
  });

  it("leave no trace of a gate that was only found not to be there", async () => {
    const guards: Guard[] = [{ kind: "gate", id: "g1", stamp: null }];
    expect(await a.commit({ guards, events: [makeEvent({ id: "e1" })] })).toEqual({ ok: true });
    expect([await a.getGates(["g1"]), await a.nextGateAt()]).toEqual([[], null]);
    const ended = { guards, gates: [makeGate({ id: "g1" })], endedGates: ["g1"] };
    expect(await b.commit(ended)).toEqual({ ok: true });
    expect(await b.getGates(["g1"])).toEqual([]);
  });

  it("let a run through once", async () => {
    const newRuns = rounds.map((i) => makeRun({ id: `r${i}`, gate: "g1", wakeAt: null }));
    await a.commit({ newRuns });
    for (const i of rounds) {
      const pass = (store: Store, attempt: number) =>
        store.commit({
          guards: [{ kind: "parked", runId: `r${i}`, gate: "g1" }],
          runs: [{ id: `r${i}`, gate: null, attempt }],
        });
      const results = await Promise.all([pass(a, 1), pass(b, 2)]);
      expect(results.filter(({ ok }) => ok).length).toBe(1);
      expect((await a.getRun(`r${i}`))?.attempt).toBe(results[0].ok ? 1 : 2);
    }
    expect(await b.listParked({ gate: "g1", limit: 5 })).toEqual([]);
  });

  it("prune together: each run and each event goes once", async () => {
    const newRuns = Array.from({ length: 700 }, (_, i) =>
      makeRun({
        id: `r${String(i).padStart(3, "0")}`,
        eventId: `e${i}`,
        status: "completed",
        endedAt: 2_000,
        wakeAt: null,
        parentRunId: i % 7 === 0 ? null : `r${String(i - 1).padStart(3, "0")}`,
      }),
    );
    await a.commit({
      newRuns,
      events: newRuns.map(({ eventId }) => makeEvent({ id: eventId })),
      steps: newRuns.map(({ id }) => makeStep({ runId: id, no: 0 })),
    });
    const old = { endedBefore: { completed: 5_000 }, eventsBefore: 5_000, limit: 50 };
    const both = await Promise.all([pruneAll(a, old), pruneAll(b, old)]);
    expect(both.reduce((sum, { runs }) => sum + runs, 0)).toBe(700);
    expect(await a.listRuns({})).toEqual([]);
    await pruneAll(a, old);
    expect([await a.listEvents({}), await database.sql("SELECT 1 FROM {schema}.steps")]).toEqual([[], []]);
  });
});
