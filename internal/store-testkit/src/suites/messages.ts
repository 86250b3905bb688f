import { describe, expect, it } from "vitest";
import { makeMessage, makeOwnedRun, makeRun } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function messageSuite(subject: Subject): void {
  describe("messages", () => {
    const ids = async () => (await subject.store.loadRun("r1"))?.messages.map(({ id }) => id);

    it("come back in order of arrival and are taken in one by one, or all when the run ends", async () => {
      const first = makeMessage({ id: "m2", runId: "r1", kind: "child", payload: '{"a":1}' });
      await subject.store.commit({ newRuns: [makeRun({ id: "r1" })], messages: [first] });
      await subject.store.commit({ messages: [makeMessage({ id: "m1", runId: "r1" })] });
      await subject.store.commit({ messages: [makeMessage({ id: "m3", runId: "r1" })] });
      expect((await subject.store.loadRun("r1"))?.messages[0]).toEqual(first);
      expect(await ids()).toEqual(["m2", "m1", "m3"]);
      await subject.store.commit({
        consumed: [
          { runId: "r1", id: "m1" },
          { runId: "r1", id: "none" },
        ],
      });
      expect(await ids()).toEqual(["m2", "m3"]);
      await subject.store.commit({
        endedMessages: ["r1", "nobody"],
        consumed: [{ runId: "nobody", id: "m" }],
      });
      expect(await ids()).toEqual([]);
    });

    it("the same id again replaces, and arrives now", async () => {
      await subject.store.commit({
        newRuns: [makeRun({ id: "r1" })],
        messages: [makeMessage({ id: "m1", runId: "r1" })],
      });
      await subject.store.commit({ messages: [makeMessage({ id: "m2", runId: "r1" })] });
      await subject.store.commit({ messages: [makeMessage({ id: "m1", runId: "r1" })] });
      expect(await ids()).toEqual(["m2", "m1"]);
    });

    wakes(subject);
  });
}

function wakes(subject: Subject): void {
  const wakeAt = async () => (await subject.store.getRun("r1"))?.wakeAt;
  const deliver = (createdAt: number) =>
    subject.store.commit({ messages: [makeMessage({ id: `m${createdAt}`, runId: "r1", createdAt })] });

  it("wake a parked run at the earlier of its own time and the message's", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1", wakeAt: null, blocked: "waiting" })] });
    await deliver(5_000);
    expect(await wakeAt()).toBe(5_000);
    await deliver(6_000);
    expect(await wakeAt()).toBe(5_000);
    await deliver(4_000);
    expect(await subject.store.getRun("r1")).toMatchObject({ wakeAt: 4_000, blocked: "waiting" });
    expect(await subject.store.nextWakeAt()).toBe(4_000);
    expect((await subject.store.claim({ owner: "a", now: 4_000, limit: 9 })).map(({ id }) => id)).toEqual([
      "r1",
    ]);
  });

  it("wake a run that the same change-set makes", async () => {
    const messages = [makeMessage({ id: "m1", runId: "r1", createdAt: 1_500 })];
    await subject.store.commit({ newRuns: [makeRun({ id: "r1", wakeAt: null })], messages });
    expect(await wakeAt()).toBe(1_500);
  });

  it("do not touch a run that is owned or has ended", async () => {
    await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
    await deliver(1_500);
    expect(await wakeAt()).toBeNull();
    await subject.store.commit({ runs: [{ id: "r1", status: "completed", owner: null }] });
    await deliver(1_600);
    expect(await wakeAt()).toBeNull();
    expect(await subject.store.nextWakeAt()).toBeNull();
  });

  it("wake before the patch of the same change-set, which wins", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1", wakeAt: null })] });
    const messages = [makeMessage({ id: "m1", runId: "r1" })];
    await subject.store.commit({ messages, runs: [{ id: "r1", wakeAt: 7_000 }] });
    expect(await wakeAt()).toBe(7_000);
    await subject.store.commit({ messages, runs: [{ id: "r1", attempt: 1 }] });
    expect(await wakeAt()).toBe(1_500);
  });

  it.each([null, "waiting"])(
    "a run that is given back with news in its inbox is due (blocked: %s)",
    async (blocked) => {
      await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
      await deliver(1_700);
      await deliver(1_600);
      await subject.store.commit({ runs: [{ id: "r1", owner: null, blocked, wakeAt: 9_000 }] });
      expect(await wakeAt()).toBe(1_600);
    },
  );

  it("a run that is given back because it cannot go on is due for a cancellation only", async () => {
    const giveBack = () =>
      subject.store.commit({ runs: [{ id: "r1", owner: null, blocked: "function_missing" }] });
    await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
    await deliver(1_600);
    await giveBack();
    expect(await wakeAt()).toBeNull();
    await subject.store.commit({ runs: [{ id: "r1", owner: "a", blocked: null }] });
    const cancel = makeMessage({ id: "m1", runId: "r1", kind: "cancel", createdAt: 1_700 });
    await subject.store.commit({ messages: [cancel] });
    await giveBack();
    expect(await wakeAt()).toBe(1_700);
  });

  it("a run that is given back is not due for news that it took in", async () => {
    await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
    await deliver(1_600);
    const consumed = [{ runId: "r1", id: "m1600" }];
    await subject.store.commit({
      consumed,
      runs: [{ id: "r1", owner: null, blocked: "waiting", wakeAt: 9_000 }],
    });
    expect(await wakeAt()).toBe(9_000);
  });

  it("are dropped if the run has ended or is not there", async () => {
    await subject.store.commit({ newRuns: [makeRun({ id: "r1", status: "completed" })] });
    const messages = [makeMessage({ id: "m1", runId: "r1" }), makeMessage({ id: "m2", runId: "nobody" })];
    expect(await subject.store.commit({ messages })).toEqual({ ok: true });
    expect(await subject.store.loadRun("r1")).toMatchObject({ messages: [], run: { wakeAt: 1_000 } });
  });

  it("a run that ends with news in its inbox is not due", async () => {
    await subject.store.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
    await deliver(1_600);
    await subject.store.commit({ runs: [{ id: "r1", status: "completed", owner: null }] });
    expect(await wakeAt()).toBeNull();
  });
}
