import { StepfastError } from "@stepfast/protocol";
import { describe, expect, it, vi } from "vitest";
import { settle } from "../fake-clock.ts";
import { complete, memo, ops, RemoteApp, ran, sleep } from "../remote-app.ts";
import { LimitedApp } from "./limited-app.ts";

const go = [{ event: "go" }];

describe("a paused function", () => {
  it("holds events until it is resumed, in their order", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" }, { id: "app-other" });
    await app.engine.pauseFunction({ functionId: "app-fn" });
    await app.sendAll([{ no: 0 }, { no: 1 }]);
    await app.clock.advance(5_000);
    expect(app.visits.map(({ functionId }) => functionId)).toEqual(["app-other", "app-other"]);
    expect((await app.runs("app-fn")).map((run) => run.blocked)).toEqual(["paused", "paused"]);
    await app.engine.resumeFunction("app-fn");
    await app.clock.advance(5_000);
    expect(app.visits.slice(2).map(({ data }) => data.no)).toEqual([0, 1]);
    expect((await app.runs("app-fn")).map((run) => run.status)).toEqual(["completed", "completed"]);
  });

  it("may skip events, with a record", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    await app.engine.pauseFunction({ functionId: "app-fn", events: "skip" });
    await app.sendAll([{ no: 0 }]);
    await app.engine.resumeFunction("app-fn");
    await app.sendAll([{ no: 1 }]);
    await app.clock.advance(5_000);
    const runs = await app.runs("app-fn");
    expect(runs.map((run) => run.status)).toEqual(["skipped", "completed"]);
    expect(JSON.parse(runs[0]?.output ?? "")).toEqual({ reason: "paused", existingRunId: null });
  });

  it("may hold the runs that are under way, and gives their places to nobody's loss", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn", concurrency: 1 });
    await app.sendAll([
      { no: 0, ms: 100, naps: 2 },
      { no: 1, ms: 100 },
    ]);
    await app.clock.advance(50);
    await app.engine.pauseFunction({ functionId: "app-fn", runs: "hold" });
    await app.clock.advance(10_000);
    expect(app.visits).toHaveLength(1);
    await app.engine.resumeFunction("app-fn");
    await app.clock.advance(20_000);
    expect((await app.runs("app-fn")).map((run) => run.status)).toEqual(["completed", "completed"]);
    expect(await app.store.listGates({})).toEqual([]);
  });

  it("may cancel them", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    await app.sendAll([{ naps: 1 }, { naps: 1 }]);
    await app.clock.advance(1_500);
    await app.engine.pauseFunction({ functionId: "app-fn", runs: "cancel" });
    await app.clock.advance(5_000);
    expect((await app.runs("app-fn")).map((run) => run.status)).toEqual(["cancelled", "cancelled"]);
  });

  it("stays paused when it is registered again, and when the node starts anew", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    await app.engine.pauseFunction({ functionId: "app-fn", events: "skip" });
    await app.limit({ id: "app-fn", retries: 1 } as never);
    expect(app.engine.pauseOf("app-fn")).toMatchObject({ events: "skip" });
    app.engine.crash();
    const next = app.takeOver();
    await next.start();
    expect(next.pauseOf("app-fn")).toMatchObject({ events: "skip" });
  });

  it("lets its runs go although it was resumed by a node that started before its app was there", async () => {
    const app = new LimitedApp({ leaseMs: 3_000 });
    await app.limit({ id: "app-fn" });
    await app.engine.pauseFunction({ functionId: "app-fn", runs: "hold" });
    await app.sendAll([{ no: 0 }]);
    const functions = app.engine.functions().map(({ config }) => config);
    await app.engine.removeApp("app");
    app.engine.crash();
    const next = app.takeOver();
    await next.start();
    const url = "http://127.0.0.1/api/inngest";
    await next.registerRemote({ url, appName: "app", sdk: "js:v0", v: "0.1", functions });
    expect(next.pauseOf("app-fn")).not.toBeNull();
    await next.resumeFunction("app-fn");
    await app.clock.advance(5_000);
    expect((await app.runs("app-fn")).map((run) => run.status)).toEqual(["completed"]);
  });
});

describe("a store that fails while a function is resumed", () => {
  it("does not keep its runs: they are freed once it answers again", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    await app.engine.pauseFunction({ functionId: "app-fn" });
    await app.sendAll([{ no: 0 }]);
    const unavailable = new StepfastError("store_unavailable", "not now");
    vi.spyOn(app.store, "unblock").mockRejectedValueOnce(unavailable);
    await expect(app.engine.resumeFunction("app-fn")).rejects.toThrow("not now");
    expect(app.engine.pauseOf("app-fn")).toBeNull();
    await app.clock.advance(15_000);
    expect((await app.runs("app-fn")).map((run) => run.status)).toEqual(["completed"]);
  });

  it("does not take in last what was read first", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    let slow = () => {};
    const listed = vi.spyOn(app.store, "listFunctions").mockImplementationOnce(async () => {
      listed.mockRestore();
      const rows = await app.store.listFunctions();
      await new Promise<void>((resolve) => {
        slow = resolve;
      });
      return rows;
    });
    const pausing = app.engine.pauseFunction({ functionId: "app-fn" });
    await settle();
    const resuming = app.engine.resumeFunction("app-fn");
    await settle();
    slow();
    await Promise.all([pausing, resuming]);
    expect(app.engine.pauseOf("app-fn")).toBeNull();
  });
});

describe("a replay", () => {
  it("repeats ended runs, cancelled ones too, each once, and says of which they are", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn" });
    await app.engine.send(Array.from({ length: 120 }, (_, no) => ({ name: "go", data: { no } })));
    const [first] = await app.runs("app-fn");
    await app.engine.cancelRun({ runId: first?.id ?? "" }).catch(() => {});
    await app.clock.advance(5_000);
    const { id } = await app.engine.jobs.start("replay", { functionIds: ["app-fn"] }, null);
    await app.clock.advance(10_000);
    expect(await app.engine.jobs.get(id)).toMatchObject({ status: "completed", matched: 120 });
    const runs = await app.runs("app-fn");
    const originals = runs.filter((run) => run.originalRunId === null).map((run) => run.id);
    const repeats = runs.filter((run) => run.originalRunId !== null);
    expect(repeats.map((run) => run.originalRunId).sort()).toEqual(originals.sort());
    expect(repeats.every((run) => run.status === "completed")).toBe(true);
  });
});

describe("a rerun", () => {
  it("has all the events of a batch", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-batch", batchEvents: { maxSize: 3, timeout: "10s" } });
    await app.sendAll([{ no: 0 }, { no: 1 }, { no: 2 }]);
    await app.clock.advance(5_000);
    const run = await app.onlyRun("app-batch");
    const again = await app.engine.rerun({ runId: run.id });
    await app.clock.advance(5_000);
    expect(app.calls.at(-1)?.request.events.map((event) => event.data)).toEqual([
      { no: 0 },
      { no: 1 },
      { no: 2 },
    ]);
    expect(await app.store.getRun(again.runId)).toMatchObject({ status: "completed", originalRunId: run.id });
  });

  it("from a step keeps those before it, and gives it other input by its hash", async () => {
    const app = new RemoteApp();
    const seen: unknown[] = [];
    await app.register([
      {
        id: "app-steps",
        triggers: go,
        script: (request, call) => {
          seen.push([call.stepId.slice(0, 4), memo(request, "a"), memo(request, "b"), memo(request, "c")]);
          if (memo(request, "a") === undefined) return ops(ran("a", 1));
          const b = memo(request, "b") as { input?: unknown[] } | undefined;
          if (b === undefined || b.input) return ops(ran("b", (b?.input?.[0] as string | undefined) ?? 2));
          if (memo(request, "c") === undefined) return ops(ran("c", 3));
          return complete("done");
        },
      },
    ]);
    await app.send("go");
    await app.clock.advance(1_000);
    const run = await app.onlyRun("app-steps");
    seen.length = 0;
    const again = await app.engine.rerun({ runId: run.id, from: { stepId: "b", input: ["edited"] } });
    await app.clock.advance(1_000);
    expect(seen[0]).toEqual([
      expect.not.stringMatching("step"),
      { data: 1 },
      { type: "input", input: ["edited"] },
      undefined,
    ]);
    expect(seen.at(-1)).toEqual(["step", { data: 1 }, { data: "edited" }, { data: 3 }]);
    const loaded = await app.store.loadRun(again.runId);
    expect(loaded?.run).toMatchObject({ status: "completed", originalRunId: run.id });
    await expect(app.engine.rerun({ runId: run.id, from: { stepId: "zzz" } })).rejects.toMatchObject({
      code: "step_not_found",
    });
  });

  /** Everything that has ended is pruned at the moment at which it was read to be repeated. */
  function pruneAfter(app: RemoteApp, read: "loadRun" | "getEvents"): void {
    const before = app.store[read].bind(app.store) as (given: never) => Promise<never>;
    app.store[read] = (async (given: never) => {
      const found = await before(given);
      const until = app.clock.now() + 1;
      const asked = { endedBefore: { completed: until }, eventsBefore: until, limit: 400 };
      for (let cursor: string | null = "runs:"; cursor !== null; )
        ({ cursor } = await app.store.prune({ ...asked, cursor }));
      return found;
    }) as never;
  }

  it.each(["loadRun", "getEvents"] as const)(
    "of a run that is pruned meanwhile makes none (%s)",
    async (read) => {
      const app = new RemoteApp();
      await app.register([{ id: "app-fn", triggers: go, script: () => complete("done") }]);
      await app.send("go");
      await app.clock.advance(1_000);
      const { id: runId } = await app.onlyRun("app-fn");
      pruneAfter(app, read);
      if (read === "loadRun") {
        await expect(app.engine.rerun({ runId })).rejects.toMatchObject({ code: "run_not_found" });
      } else {
        const { id } = await app.engine.jobs.start("replay", {}, null);
        await app.clock.advance(1_000);
        expect(await app.engine.jobs.get(id)).toMatchObject({ status: "completed", matched: 0 });
      }
      await app.clock.advance(5_000);
      expect([await app.runs("app-fn"), app.calls]).toEqual([[], [expect.anything()]]);
    },
  );

  it("cancels children too, if asked", async () => {
    const app = new RemoteApp();
    await app.register([{ id: "app-nap", triggers: go, script: () => ops(sleep("nap", "1h")) }]);
    await app.send("go");
    const parent = await app.onlyRun("app-nap");
    const child = {
      ...parent,
      id: "01CHILD",
      parentRunId: parent.id,
      parentStepId: "s",
      origin: "invoke" as const,
    };
    await app.store.commit({ newRuns: [child] });
    await app.engine.cancelRun({ runId: parent.id, children: true });
    await app.clock.advance(1_000);
    expect((await app.store.getRun("01CHILD"))?.status).toBe("cancelled");
  });
});

describe("retention", () => {
  it("deletes what is older than it keeps, and nothing that is under way", async () => {
    const app = new LimitedApp({
      leaseMs: 4 * 3_600_000,
      retention: { keepMs: 24 * 3_600_000, byStatus: { failed: null } },
    });
    await app.limit({ id: "app-fn" });
    await app.register([
      {
        id: "app-fn",
        triggers: go,
        script: (request) => {
          const { kind } = request.event.data as { kind: string };
          if (kind === "long")
            return memo(request, "nap") === undefined ? ops(sleep("nap", "40d")) : complete("late");
          return kind === "failed"
            ? { kind: "error", error: { name: "Error", message: "no" }, noRetry: true }
            : complete("done");
        },
      },
    ]);
    for (const kind of ["short", "failed", "long"]) await app.send("go", { kind });
    await app.clock.advance(26 * 3_600_000);
    const statuses = (await app.runs("app-fn")).map((run) => run.status);
    expect(statuses).toEqual(["failed", "running"]);
    const names = (await app.store.listEvents({ name: "go" })).map((event) => JSON.parse(event.data).kind);
    expect(names.sort()).toEqual(["failed", "long"]);
  });
});

describe("a run whose event is gone", () => {
  it("ends as failed instead of being looked at for ever", async () => {
    const app = new RemoteApp();
    await app.register([{ id: "app-fn", triggers: go, script: () => ops(sleep("nap", "1h")) }]);
    await app.send("go");
    await app.clock.advance(1_000);
    const { id } = await app.onlyRun("app-fn");
    const load = app.store.loadRun.bind(app.store);
    app.store.loadRun = async (runId) => {
      const loaded = await load(runId);
      return loaded && { ...loaded, events: [] };
    };
    await app.clock.advance(2 * 3_600_000);
    const run = await app.store.getRun(id);
    expect([run?.status, JSON.parse(run?.output ?? "")]).toMatchObject([
      "failed",
      { code: "event_not_found" },
    ]);
    expect(app.calls).toHaveLength(1);
  });
});

describe("the event of a cancelled run", () => {
  it("tells what its steps had returned", async () => {
    const app = new RemoteApp();
    const script = (request: Parameters<typeof memo>[0]) =>
      memo(request, "charge") === undefined ? ops(ran("charge", { id: "c1" })) : ops(sleep("nap", "1h"));
    await app.register([{ id: "app-fn", triggers: go, script }]);
    await app.send("go");
    await app.clock.advance(1_000);
    await app.engine.cancelRun({ runId: (await app.onlyRun("app-fn")).id });
    await app.clock.advance(1_000);
    const [event] = await app.store.listEvents({ name: "inngest/function.cancelled" });
    expect(JSON.parse(event?.data ?? "")).toMatchObject({ steps: { charge: { id: "c1" } } });
  });
});
