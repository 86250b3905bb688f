import { isOmitted, omittedValue } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { pruneAll } from "../pruning.ts";
import { makeEvent, makeKey, makeMessage, makeOwnedRun, makeRun, makeStep } from "../rows.ts";
import type { Subject } from "../subject.ts";

const large = JSON.stringify({ data: "x".repeat(200_000) });
/** Halves of characters lie wherever it may be cut. */
const huge = JSON.stringify(`a${"😀ü".repeat(700_000)}`);
const lease = { kind: "lease", runId: "r1", owner: "a", epoch: 1 } as const;

export function largeValueSuite(subject: Subject): void {
  describe("large values", () => {
    const outputs = async () => (await subject.store.loadRun("r1"))?.steps.map(({ output }) => output);

    it("come back whole, whoever asks, also after the store was opened anew", async () => {
      const run = makeOwnedRun({ id: "r1", owner: "a", eventId: "e1" });
      const events = [makeEvent({ id: "e1", data: large }), makeEvent({ id: "e2" })];
      const [first, second] = [
        makeStep({ runId: "r1", no: 0, output: large }),
        makeStep({ runId: "r1", no: 1 }),
      ];
      await subject.store.commit({ events, newRuns: [run], steps: [first, second] });
      await subject.store.commit({
        guards: [lease],
        steps: [makeStep({ runId: "r1", no: 2, output: huge })],
        runs: [{ id: "r1", status: "completed", output: large, owner: null }],
      });
      const store = await subject.reopen();
      expect((await store.getRun("r1"))?.output).toBe(large);
      expect((await store.listRuns({})).map(({ output }) => output)).toEqual([large]);
      expect(await store.getEvents(["e2", "e1"])).toEqual([events[1], events[0]]);
      expect(await store.listEvents({})).toEqual([events[1], events[0]]);
      const loaded = await store.loadRun("r1");
      expect([loaded?.run.output, loaded?.events]).toEqual([large, [events[0]]]);
      expect((await outputs())?.map((output, no) => output === [large, second.output, huge][no])).toEqual([
        true,
        true,
        true,
      ]);
    });

    it("of more than a million characters are not in lists", async () => {
      const data = JSON.stringify({ text: huge });
      const [plain, listed] = [makeEvent({ id: "e1", data: large }), makeEvent({ id: "e2", data })];
      await subject.store.commit({
        events: [plain, listed],
        newRuns: [makeRun({ id: "r1", output: huge }), makeRun({ id: "r2", output: large })],
      });
      const events = await subject.store.listEvents({});
      expect(events).toEqual([{ ...listed, data: omittedValue(data.length) }, plain]);
      const runs = await subject.store.listRuns({ order: "asc" });
      expect(runs.map(({ output }) => isOmitted(output))).toEqual([true, false]);
      expect(JSON.parse(runs[0]?.output ?? "")).toEqual({ "stepfast/omitted": { length: huge.length } });
      expect((await subject.store.getRun("r1"))?.output === huge).toBe(true);
    });

    it("of steps are left out for who does not want them", async () => {
      const short = makeStep({ runId: "r1", no: 0, output: '"short"' });
      const steps = [short, makeStep({ runId: "r1", no: 1, output: large })];
      await subject.store.commit({ newRuns: [makeRun({ id: "r1", output: large })], steps });
      const load = async (longestOutput: number) => await subject.store.loadRun("r1", { longestOutput });
      expect(await load(large.length)).toEqual(await subject.store.loadRun("r1"));
      const loaded = await load(large.length - 1);
      expect(loaded?.steps).toEqual([short, { ...steps[1], output: omittedValue(large.length) }]);
      expect(loaded?.run.output).toBe(large);
    });

    it("may be options of steps, also of such as are written again", async () => {
      const planned = makeStep({ runId: "r1", no: 0, op: "Sleep", status: "planned", opts: large });
      const plain = makeStep({ runId: "r1", no: 1, op: "Sleep", status: "planned", opts: '{"a":1}' });
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], steps: [planned, plain] });
      const settled = [
        { ...planned, status: "completed" as const, output: huge },
        { ...plain, opts: huge },
      ];
      await subject.store.commit({ steps: settled });
      const store = await subject.reopen();
      const { steps = [] } = (await store.loadRun("r1")) ?? {};
      expect(steps.map(({ opts }) => opts === large || opts === huge)).toEqual([true, true]);
      expect(steps[0]?.output === huge).toBe(true);
      const listed = await store.listSteps({ runId: "r1", ops: ["Sleep"] });
      expect(listed.map((step, no) => JSON.stringify(step) === JSON.stringify(steps[no]))).toEqual([
        true,
        true,
      ]);
    });

    it("may be messages, until they are taken in", async () => {
      const message = (id: string, payload: string) => makeMessage({ id, runId: "r1", payload });
      const payloads = async () =>
        ((await subject.store.loadRun("r1"))?.messages ?? []).map(({ id, payload }) => [id, payload.length]);
      const given = [message("m1", large), message("m2", "{}"), message("m3", huge)];
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], messages: given });
      const all = given.map(({ id, payload }) => [id, payload.length]);
      expect(await payloads()).toEqual(all);
      await subject.store.commit({ consumed: [{ runId: "r1", id: "m1" }] });
      expect(await payloads()).toEqual(all.slice(1));
      await subject.store.commit({ messages: [message("m1", "@6")] });
      expect((await subject.store.loadRun("r1"))?.messages.at(-1)?.payload).toBe("@6");
      await subject.store.commit({ endedMessages: ["r1"] });
      expect(await payloads()).toEqual([]);
      await subject.store.commit({ messages: [message("m3", large)] });
      expect(await payloads()).toEqual([["m3", large.length]]);
    });

    it("leave no trace of a change-set that was refused", async () => {
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], keys: [makeKey({ key: "taken" })] });
      const step = makeStep({ runId: "r1", no: 0, status: "planned", output: large });
      const refused = { keys: [makeKey({ key: "taken" })], events: [makeEvent({ id: "e1", data: large })] };
      expect(await subject.store.commit({ ...refused, steps: [step] })).toMatchObject({ ok: false });
      const fenced = { guards: [lease], runs: [{ id: "r1", output: large }], steps: [step] };
      expect(await subject.store.commit(fenced)).toMatchObject({ ok: false });
      expect(await outputs()).toEqual([]);
      const settled = makeStep({ runId: "r1", no: 0, output: large });
      const other = makeStep({ runId: "r1", no: 0, output: huge });
      expect(await subject.store.commit({ steps: [settled] })).toEqual({ ok: true });
      expect(await subject.store.commit({ steps: [other] })).toMatchObject({ ok: false });
      expect([await outputs(), await subject.store.getEvents(["e1"])]).toEqual([[large], []]);
    });

    it("take the place of others, and others theirs", async () => {
      const written = ["2", huge, large, "@5", '{"data":1}'];
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })] });
      for (const output of written) {
        const step = makeStep({ runId: "r1", no: 0, status: "planned", output });
        await subject.store.commit({ steps: [step], runs: [{ id: "r1", output }] });
        expect((await outputs())?.[0] === output).toBe(true);
        expect((await subject.store.getRun("r1"))?.output === output).toBe(true);
      }
    });

    it("go with the run, and with the event", async () => {
      const run = makeRun({
        id: "r1",
        eventId: "e1",
        status: "completed",
        endedAt: 2_000,
        wakeAt: null,
        output: large,
      });
      const steps = [makeStep({ runId: "r1", no: 0, output: large })];
      const event = makeEvent({ id: "e1", data: large });
      await subject.store.commit({ events: [event], newRuns: [run], steps });
      const old = { endedBefore: { completed: 5_000 }, eventsBefore: 5_000, limit: 10 };
      expect(await pruneAll(subject.store, old)).toMatchObject({ runs: 1, events: 1 });
      const others = { steps: [makeStep({ runId: "r1", no: 0, output: "@7" })] };
      await subject.store.commit({
        events: [makeEvent({ id: "e1" })],
        newRuns: [makeRun({ id: "r1" })],
        ...others,
      });
      expect([await outputs(), (await subject.store.getRun("r1"))?.output]).toEqual([["@7"], null]);
    });
  });
}
