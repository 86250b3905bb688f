import { isOmitted } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import {
  makeApp,
  makeEvent,
  makeFunction,
  makeKey,
  makeMessage,
  makeOwnedRun,
  makeRun,
  makeStep,
  makeWait,
} from "../rows.ts";
import { snapshotOf } from "../snapshot.ts";
import type { Subject } from "../subject.ts";

/** A run with some of each of what hangs on it. */
async function putRun(store: Store, id: string, no: number): Promise<void> {
  const ids = [`e${no}`, `e${no + 1}`];
  await store.commit({
    events: [makeEvent({ id: ids[0] ?? "" })],
    newRuns: [makeRun({ id, eventId: ids[0] ?? "", ...(no % 2 === 0 && { eventIds: JSON.stringify(ids) }) })],
    steps: [makeStep({ runId: id, no: 1 }), makeStep({ runId: id, no: 0, output: `"${"x".repeat(no)}"` })],
    newWaits: [makeWait({ runId: id, stepId: "w1" }), makeWait({ runId: id, stepId: "w0" })],
    messages: [makeMessage({ id: "m2", runId: id }), makeMessage({ id: "m1", runId: id })],
  });
}

export function lifecycleSuite(subject: Subject): void {
  describe("loading", () => {
    it("many runs are asked for in one turn: each gets its own, in its order", async () => {
      const { store } = subject;
      const ids = Array.from({ length: 70 }, (_, no) => `r${no}`);
      for (const [no, id] of ids.entries()) await putRun(store, id, no);
      const alone = [];
      for (const id of ids) alone.push(await store.loadRun(id));
      expect(alone[4]?.events.map(({ id }) => id)).toEqual(["e4", "e5"]);
      expect(alone[4]?.messages.map(({ id }) => id)).toEqual(["m2", "m1"]);
      expect(alone[4]?.waits.map(({ stepId }) => stepId)).toEqual(["w1", "w0"]);
      const asked = [...ids, "none", "r5"];
      expect(await Promise.all(asked.map((id) => store.loadRun(id)))).toEqual([...alone, null, alone[5]]);
      const short = (id: string) => store.loadRun(id, { longestOutput: 10 });
      const mixed = await Promise.all([short("r69"), store.loadRun("r69"), short("r3")]);
      expect(mixed.map((loaded) => isOmitted(loaded?.steps[0]?.output ?? ""))).toEqual([true, false, false]);
    });
  });

  describe("opening and closing", () => {
    it("opening again gives every session up: their runs are due since the beginning of time", async () => {
      await subject.store.heartbeat({ owner: "a", now: 1_000, until: 9_000 });
      const owned = makeOwnedRun({ id: "r1", owner: "a" });
      const ended = makeOwnedRun({ id: "r2", owner: "a", status: "completed" });
      await subject.store.commit({ newRuns: [owned, ended, makeRun({ id: "r3", wakeAt: 5_000 })] });
      const store = await subject.reopen();
      expect(await store.getRun("r1")).toEqual({ ...owned, owner: null, wakeAt: 0 });
      expect(await store.getRun("r2")).toEqual(ended);
      expect(await store.nextWakeAt()).toBe(0);
      const lease = { kind: "lease", runId: "r1", owner: "a", epoch: 1 } as const;
      expect((await store.commit({ guards: [lease] })).ok).toBe(false);
      expect(await store.heartbeat({ owner: "a", now: 1_000, until: 9_000 })).toBe(false);
      const claimed = await store.claim({ owner: "b", now: 5_000, limit: 9 });
      expect(claimed.map(({ id, epoch }) => [id, epoch])).toEqual([
        ["r1", 2],
        ["r3", 1],
      ]);
    });

    it("everything is still there after opening again, and numbers go on", async () => {
      const steps = [makeStep({ runId: "r1", no: 0 })];
      const newWaits = [makeWait({ runId: "r1", stepId: "s1" })];
      await subject.store.commit({
        newRuns: [makeRun({ id: "r1" })],
        steps,
        newWaits,
        keys: [makeKey({ key: "k" })],
      });
      await subject.store.putApp({
        app: makeApp({ id: "shop" }),
        functions: [makeFunction({ id: "shop-a" })],
        now: 1,
      });
      const before = await snapshotOf(subject.store);
      const store = await subject.reopen();
      expect(await snapshotOf(store)).toEqual(before);
      expect((await store.commit({ keys: [makeKey({ key: "k" })] })).ok).toBe(false);
      await store.commit({
        newRuns: [makeRun({ id: "r2" })],
        steps: [makeStep({ runId: "r2", no: 0, name: "other" })],
      });
      expect((await store.loadRun("r1"))?.steps).toEqual(steps);
    });

    it("closing finishes what was asked for before; then every call is refused", async () => {
      const committed = subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      await subject.store.close();
      expect(await committed).toEqual({ ok: true });
      await subject.store.close();
      const refused = { code: "store_unavailable" };
      await expect(subject.store.commit({})).rejects.toMatchObject(refused);
      await expect(subject.store.getRun("r1")).rejects.toMatchObject(refused);
      await expect(subject.store.claim({ owner: "a", now: 1, limit: 1 })).rejects.toMatchObject(refused);
      expect(await (await subject.reopen()).getRun("r1")).toEqual(makeRun({ id: "r1" }));
    });
  });
}
