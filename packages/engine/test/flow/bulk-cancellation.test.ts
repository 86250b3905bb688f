import { describe, expect, it, vi } from "vitest";
import { ops, sleep } from "../remote-app.ts";
import { LimitedApp } from "./limited-app.ts";

const go = [{ event: "go" }];

describe("a bulk cancellation", () => {
  it("cancels what matches, in portions, and counts it", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn", concurrency: 1 }, { id: "app-other", triggers: [{ event: "other" }] });
    await app.engine.send(Array.from({ length: 250 }, (_, no) => ({ name: "go", data: { no } })));
    await app.send("other", { naps: 5 });
    const filter = { functionIds: ["app-fn"], expression: "event.data.no >= 10" };
    const preview = await app.engine.jobs.preview("cancel", filter);
    expect(preview).toMatchObject({ matched: 240, isComplete: true });
    const { id } = await app.engine.jobs.start("cancel", filter, "too many");
    await app.clock.advance(60_000);
    expect(await app.engine.jobs.get(id)).toMatchObject({ status: "completed", looked: 250, matched: 240 });
    const statuses = (await app.runs("app-fn")).map((run) => run.status);
    expect(statuses.filter((status) => status === "cancelled")).toHaveLength(240);
    expect(statuses.filter((status) => status === "completed")).toHaveLength(10);
    const cancelled = await app.store.listEvents({ name: "inngest/function.cancelled", limit: 400 });
    expect(new Set(cancelled.map((event) => event.runId)).size).toBe(240);
    expect(cancelled).toHaveLength(240);
    expect(await app.store.listGates({ kinds: ["lane"] })).toEqual([]);
  });

  it("begins a portion when the runs of the one before have ended: others wait behind no more than one", async () => {
    const app = new LimitedApp();
    await app.register([{ id: "app-nap", triggers: go, script: () => ops(sleep("nap", "1h")) }]);
    await app.engine.send(Array.from({ length: 130 }, () => ({ name: "go", data: {} })));
    await app.clock.advance(1_000);
    const open = new Set<string>();
    const portions: { size: number; behind: number }[] = [];
    const commit = app.store.commit.bind(app.store);
    app.store.commit = async (changes) => {
      const told = (changes.messages ?? []).filter(({ kind }) => kind === "cancel").map(({ runId }) => runId);
      if (told.length > 0) portions.push({ size: told.length, behind: open.size });
      for (const runId of told) open.add(runId);
      const result = await commit(changes);
      for (const { id, endedAt } of changes.runs ?? []) if (result.ok && endedAt) open.delete(id);
      return result;
    };
    const { id } = await app.engine.jobs.start("cancel", { functionIds: ["app-nap"] }, null);
    await app.clock.advance(5_000);
    expect(await app.engine.jobs.get(id)).toMatchObject({ status: "completed", matched: 130 });
    expect(portions.reduce((sum, { size }) => sum + size, 0)).toBe(130);
    expect(portions.length).toBeGreaterThan(2);
    expect(portions.map(({ behind }) => behind)).toEqual(portions.map(() => 0));
  });

  it("takes parked runs over in the commit that tells them, and leaves those that others have claimed to them", async () => {
    const app = new LimitedApp();
    await app.register([{ id: "app-nap", triggers: go, script: () => ops(sleep("nap", "1h")) }]);
    await app.engine.send(Array.from({ length: 12 }, () => ({ name: "go", data: {} })));
    await app.clock.advance(1_000);
    const [claimed, ...parked] = await app.runs("app-nap");
    const runId = claimed?.id ?? "";
    const epoch = claimed?.epoch ?? 0;
    const other = { id: runId, owner: "other", epoch: epoch + 1, wakeAt: null };
    await app.store.heartbeat({ owner: "other", now: app.clock.now(), until: app.clock.now() + 3_600_000 });
    const commit = app.store.commit.bind(app.store);
    const refused: string[] = [];
    app.store.commit = async (changes) => {
      // Another node claims the run between the look at it and the portion.
      if (refused.length === 0 && (changes.messages ?? []).length > 0) await commit({ runs: [other] });
      const result = await commit(changes);
      if (!result.ok && result.conflict.kind === "guard") refused.push(result.conflict.guard.kind);
      return result;
    };
    const claim = vi.spyOn(app.store, "claim");
    await app.engine.jobs.start("cancel", { functionIds: ["app-nap"] }, null);
    await app.clock.advance(500);
    expect(refused).toEqual(["unowned"]);
    expect(claim).not.toHaveBeenCalled();
    const ended = await Promise.all(parked.map(({ id }) => app.store.getRun(id)));
    expect(ended.map((run) => run?.status)).toEqual(parked.map(() => "cancelled"));
    expect(await app.store.loadRun(runId)).toMatchObject({
      run: { status: "running", owner: "other", epoch: epoch + 1 },
      messages: [{ kind: "cancel" }],
    });
    await app.store.endSession({ owner: "other", now: app.clock.now() });
    await app.clock.advance(5_000);
    expect(await app.store.getRun(runId)).toMatchObject({ status: "cancelled" });
    expect(await app.store.listEvents({ name: "inngest/function.cancelled" })).toHaveLength(12);
  });

  it("leaves a portion alone that another node was faster with, also if the store says so with a copy", async () => {
    const app = new LimitedApp();
    await app.register([{ id: "app-nap", triggers: go, script: () => ops(sleep("nap", "1h")) }]);
    await app.engine.send(Array.from({ length: 5 }, () => ({ name: "go", data: {} })));
    await app.clock.advance(1_000);
    const commit = app.store.commit.bind(app.store);
    const outcomes: boolean[] = [];
    app.store.commit = async (changes) => {
      const isPortion = (changes.messages ?? []).length > 0;
      const [gate] = isPortion ? await app.store.dueGates({ now: app.clock.now(), limit: 1 }) : [];
      if (gate && outcomes.length === 0) await commit({ gates: [{ ...gate, stamp: "another node's" }] });
      const result = structuredClone(await commit(changes));
      if (isPortion) outcomes.push(result.ok);
      return result;
    };
    const { id } = await app.engine.jobs.start("cancel", { functionIds: ["app-nap"] }, null);
    await app.clock.advance(5_000);
    expect(outcomes).toEqual([false, true]);
    expect(await app.engine.jobs.get(id)).toMatchObject({ status: "completed", matched: 5 });
  });

  it.each(["before", "after"])(
    "is carried on with when the node dies just %s a portion is durable",
    async (when) => {
      const app = new LimitedApp({ leaseMs: 3_000 });
      await app.register([{ id: "app-nap", triggers: go, script: () => ops(sleep("nap", "1h")) }]);
      await app.engine.send(Array.from({ length: 40 }, () => ({ name: "go", data: {} })));
      await app.clock.advance(1_000);
      const commit = app.store.commit.bind(app.store);
      let portions = 0;
      app.store.commit = async (changes) => {
        const isFatal = (changes.messages ?? []).length > 0 && ++portions === 1;
        if (isFatal && when === "before") app.engine.crash();
        if (isFatal && when === "before") return await new Promise(() => {});
        const result = await commit(changes);
        if (isFatal) app.engine.crash();
        return result;
      };
      const { id } = await app.engine.jobs.start("cancel", { functionIds: ["app-nap"] }, null);
      await app.clock.advance(500);
      const next = app.takeOver();
      await next.start();
      await app.clock.advance(30_000);
      expect(await next.jobs.get(id)).toMatchObject({ status: "completed", matched: 40 });
      const told = await app.store.listEvents({ name: "inngest/function.cancelled", limit: 400 });
      expect([told.length, new Set(told.map(({ runId }) => runId)).size]).toEqual([40, 40]);
    },
  );

  it("goes on with the next node where it was, and can be stopped", async () => {
    const app = new LimitedApp({ leaseMs: 3_000 });
    await app.limit({ id: "app-fn" });
    await app.engine.send(
      Array.from({ length: 150 }, (_, no) => ({ name: "go", data: { no, naps: 1_000 } })),
    );
    await app.clock.advance(1_500);
    const started = app.engine.jobs.start("cancel", {}, null);
    const { id } = await started;
    app.engine.crash();
    const next = app.takeOver();
    await next.start();
    await app.clock.advance(30_000);
    expect(await next.jobs.get(id)).toMatchObject({ status: "completed", looked: 150, matched: 150 });
    const other = await next.jobs.start("cancel", {}, null);
    expect((await next.jobs.stop(other.id)).status).not.toBe("running");
    await expect(next.jobs.get("nobody")).rejects.toMatchObject({ code: "job_not_found" });
  });
});
