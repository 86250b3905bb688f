import type { StepStatus } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { makeAttempt, makeEvent, makeKey, makeMetadata, makeRun, makeStep } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function stepSuite(subject: Subject): void {
  describe("steps", () => {
    const steps = async () => (await subject.store.loadRun("r1"))?.steps;

    it("come back in order of `no`, as they were written", async () => {
      const full = makeStep({
        runId: "r1",
        no: 1,
        dueAt: 5,
        opts: "{}",
        childRunId: "r9",
        attempt: 2,
        settledNo: null,
      });
      const [first, third] = [makeStep({ runId: "r1", no: 0 }), makeStep({ runId: "r1", no: 2 })];
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], steps: [third, first] });
      await subject.store.commit({ steps: [full] });
      expect(await steps()).toEqual([first, full, third]);
    });

    it.each<StepStatus>(["completed", "failed"])("one that is %s is never overwritten", async (status) => {
      const settled = makeStep({ runId: "r1", no: 0, status });
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], steps: [settled] });
      const result = await subject.store.commit({
        keys: [makeKey({ key: "k" })],
        events: [makeEvent({ id: "e1" })],
        newRuns: [makeRun({ id: "r2" })],
        steps: [makeStep({ runId: "r1", no: 1 }), makeStep({ runId: "r1", no: 0, output: "2" })],
      });
      expect(result).toEqual({ ok: false, conflict: { kind: "step", runId: "r1", stepId: "hash-0" } });
      expect(await steps()).toEqual([settled]);
      expect([await subject.store.getRun("r2"), await subject.store.getEvents(["e1"])]).toEqual([null, []]);
      expect((await subject.store.commit({ keys: [makeKey({ key: "k" })] })).ok).toBe(true);
    });

    it.each<StepStatus>(["planned", "retrying", "waiting", "scheduled", "started", "aborted", "rejected"])(
      "one that is %s may be replaced",
      async (status) => {
        const before = makeStep({ runId: "r1", no: 0, status, output: null, dueAt: 5 });
        await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], steps: [before] });
        const after = makeStep({ runId: "r1", no: 0, name: "renamed", attempt: 1, dueAt: null });
        expect(await subject.store.commit({ steps: [after] })).toEqual({ ok: true });
        expect(await steps()).toEqual([after]);
      },
    );

    it("the same rule holds within one change-set", async () => {
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      const planned = makeStep({ runId: "r1", no: 0, status: "planned" });
      const completed = makeStep({ runId: "r1", no: 0 });
      const backwards = await subject.store.commit({ steps: [completed, planned] });
      expect(backwards).toEqual({ ok: false, conflict: { kind: "step", runId: "r1", stepId: "hash-0" } });
      expect(await subject.store.commit({ steps: [planned, completed] })).toEqual({ ok: true });
      expect(await steps()).toEqual([completed]);
    });

    it("a step under the `no` of another is the caller's bug", async () => {
      const first = makeStep({ runId: "r1", no: 0, status: "planned" });
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], steps: [first] });
      const stranger = makeStep({ runId: "r1", no: 0, stepId: "other" });
      await expect(subject.store.commit({ steps: [stranger] })).rejects.toMatchObject({ code: "internal" });
      expect(await steps()).toEqual([first]);
    });

    it("what was noted of a run and its steps is kept, in the order it came", async () => {
      const noted = [
        makeMetadata({ runId: "r1", stepId: "", content: '{"b":1}' }),
        makeMetadata({ runId: "r1", attempt: 2, kind: "inngest.score", op: "merge" }),
        makeMetadata({ runId: "r1", stepId: "", createdAt: 500 }),
      ];
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], metadata: noted.slice(0, 1) });
      await subject.store.commit({ metadata: noted.slice(1) });
      expect(await subject.store.listMetadata("r1")).toEqual(noted);
      expect(await subject.store.listMetadata("nobody")).toEqual([]);
    });

    it("those with an op are found, in order of discovery", async () => {
      const made = ["StepRun", "Sleep", "StepRun", "Rollback"].map((op, no) =>
        makeStep({ runId: "r1", no, stepId: `s${no}`, op }),
      );
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], steps: made.slice().reverse() });
      const found = async (runId: string, ops: string[]) =>
        (await subject.store.listSteps({ runId, ops })).map(({ stepId }) => stepId);
      expect(await found("r1", ["StepRun", "Rollback"])).toEqual(["s0", "s2", "s3"]);
      expect(await subject.store.listSteps({ runId: "r1", ops: ["Sleep"] })).toEqual([made[1]]);
      expect(await found("r1", [])).toEqual([]);
      expect(await found("nobody", ["StepRun"])).toEqual([]);
    });

    it("failed attempts are kept, in order of their end", async () => {
      const attempts = [3_000, 2_000, 2_000].map((endedAt, attempt) =>
        makeAttempt({ runId: "r1", attempt, endedAt }),
      );
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], attempts: attempts.slice(0, 2) });
      await subject.store.commit({ attempts: attempts.slice(2) });
      expect(await subject.store.listAttempts("r1")).toEqual([attempts[1], attempts[2], attempts[0]]);
      expect(await subject.store.listAttempts("nobody")).toEqual([]);
    });
  });
}
