import { describe, expect, it } from "vitest";
import { makeEvent, makeKey } from "../rows.ts";
import type { Subject } from "../subject.ts";

export function eventSuite(subject: Subject): void {
  describe("events", () => {
    it("come back as they were written, also text that is hard to store", async () => {
      const data = JSON.stringify({ text: "a\u0000b ü 漢字 🚀 '\"\\", big: "x".repeat(100_000) });
      const full = makeEvent({
        id: "e1",
        key: "näme'x",
        data,
        user: "{}",
        v: "1",
        meta: '{"a":1}',
        ts: 4_102_444_800_000,
        receivedAt: 1_700_000_000_000,
        runId: "r1",
      });
      await subject.store.commit({ events: [full, makeEvent({ id: "e2" })] });
      expect(await subject.store.getEvents(["e2", "nobody", "e1"])).toEqual([makeEvent({ id: "e2" }), full]);
    });

    it("an id that exists is a conflict, and nothing is applied", async () => {
      await subject.store.commit({ events: [makeEvent({ id: "e1" })] });
      const result = await subject.store.commit({
        keys: [makeKey({ key: "k" })],
        events: [makeEvent({ id: "e2" }), makeEvent({ id: "e1", name: "other" })],
      });
      expect(result).toEqual({ ok: false, conflict: { kind: "event", id: "e1" } });
      expect(await subject.store.getEvents(["e1", "e2"])).toEqual([makeEvent({ id: "e1" })]);
      expect((await subject.store.commit({ keys: [makeKey({ key: "k" })] })).ok).toBe(true);
    });

    it("the same id twice in one change-set is a conflict", async () => {
      const events = [makeEvent({ id: "e1" }), makeEvent({ id: "e1" })];
      expect(await subject.store.commit({ events })).toEqual({
        ok: false,
        conflict: { kind: "event", id: "e1" },
      });
    });

    it("rows are copied on the way in and out", async () => {
      const event = makeEvent({ id: "e1" });
      const committed = subject.store.commit({ events: [event] });
      event.name = "changed";
      await committed;
      const [first] = await subject.store.getEvents(["e1"]);
      if (first !== undefined) first.name = "changed too";
      expect((await subject.store.getEvents(["e1"]))[0]?.name).toBe("shop/order.placed");
    });

    lists(subject);
  });
}

function lists(subject: Subject): void {
  const ids = async (filter: Parameters<Subject["store"]["listEvents"]>[0]) =>
    (await subject.store.listEvents(filter)).map(({ id }) => id);

  it("are listed newest first, page by page", async () => {
    const events = Array.from({ length: 45 }, (_, i) => makeEvent({ id: `e${String(i).padStart(2, "0")}` }));
    await subject.store.commit({ events });
    const first = await ids({});
    expect([first.length, first[0], first[19]]).toEqual([20, "e44", "e25"]);
    expect(await ids({ cursor: "e02", limit: 10 })).toEqual(["e01", "e00"]);
    expect((await ids({ limit: 1_000 })).length).toBe(45);
    expect(await ids({ limit: 0 })).toEqual(["e44"]);
  });

  it("a page has at most 400", async () => {
    const events = Array.from({ length: 401 }, (_, i) => makeEvent({ id: `e${i}` }));
    await subject.store.commit({ events });
    expect((await ids({ limit: 5_000 })).length).toBe(400);
  });

  it("are filtered by name, time of receipt and whether they are the system's", async () => {
    await subject.store.commit({
      events: [
        makeEvent({ id: "e1", name: "a", receivedAt: 1_000 }),
        makeEvent({ id: "e2", name: "inngest/function.failed", receivedAt: 2_000 }),
        makeEvent({ id: "e3", name: "a", receivedAt: 3_000 }),
        makeEvent({ id: "e4", name: "inngest.not/system", receivedAt: 4_000 }),
      ],
    });
    expect(await ids({ name: "a" })).toEqual(["e3", "e1"]);
    expect(await ids({ name: "a", cursor: "e3" })).toEqual(["e1"]);
    expect(await ids({ receivedAfter: 1_000, receivedBefore: 4_000 })).toEqual(["e3", "e2"]);
    expect(await ids({ excludeSystem: true })).toEqual(["e4", "e3", "e1"]);
    expect(await ids({ name: "none" })).toEqual([]);
  });
}
