import { hashStepId } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { forkOf, keptFrom } from "../src/domain/fork.ts";
import { LimitedApp } from "./flow/limited-app.ts";
import { complete, memo, ops, RemoteApp, ran, type Script, sleep } from "./remote-app.ts";
import { HOUR_MS, MINUTE_MS, ScheduledApp } from "./schedule/scheduled-app.ts";

const go = [{ event: "go" }];

/** Steps `a`, `b`, `c`, `d`; an edited one returns what it was given. */
const letters: Script = (request) => {
  for (const id of ["a", "b", "c", "d"]) {
    const known = memo(request, id) as { input?: unknown[] } | undefined;
    if (known === undefined) return ops(ran(id, id));
    if (known.input) return ops(ran(id, known.input[0] as string));
  }
  return complete("done");
};

async function lettered() {
  const app = new RemoteApp();
  await app.register([{ id: "app-fn", triggers: go, script: letters }]);
  await app.send("go");
  await app.clock.advance(1_000);
  const { id } = await app.onlyRun("app-fn");
  const rerun = async (runId: string, stepId?: string, input?: unknown[]) => {
    const from = stepId === undefined ? undefined : { stepId, ...(input && { input }) };
    const again = await app.engine.rerun({ runId, from });
    await app.clock.advance(1_000);
    return again.runId;
  };
  const fork = async (runId: string) => {
    const run = await app.store.getRun(runId);
    return run && { status: run.status, original: run.originalRunId, ...forkOf(run) };
  };
  return { app, id, rerun, fork };
}

describe("a run that repeats another records", () => {
  it("which one, and that it does all of it anew", async () => {
    const { id, rerun, fork, app } = await lettered();
    const all = await rerun(id);
    expect(await fork(all)).toEqual({
      status: "completed",
      original: id,
      of: id,
      by: "rerun",
      job: null,
      step: null,
      kept: [],
    });
    expect((await app.store.getRun(id))?.fork).toBeNull();
  });

  it("from which step, and who did the steps it keeps: also those that its original kept itself", async () => {
    const { app, id, rerun, fork } = await lettered();
    const second = await rerun(id, "c", ["edited"]);
    const step = (name: string, edited: boolean) => ({ stepId: hashStepId(name), id: name, name, edited });
    const cause = { by: "rerun", job: null };
    expect(await fork(second)).toMatchObject({
      original: id,
      of: id,
      ...cause,
      step: step("c", true),
      kept: [{ runId: id, steps: 2 }],
    });
    const third = await rerun(second, "d");
    const kept = [
      { runId: id, steps: 2 },
      { runId: second, steps: 1 },
    ];
    expect(await fork(third)).toMatchObject({
      original: id,
      of: second,
      ...cause,
      step: step("d", false),
      kept,
    });
    const loaded = await app.store.loadRun(third);
    const from = loaded && forkOf(loaded.run);
    expect(loaded?.steps.map((row) => [row.name, row.output, keptFrom(from ?? null, row)])).toEqual([
      ["a", '{"data":"a"}', id],
      ["b", '{"data":"b"}', id],
      ["c", '{"data":"edited"}', second],
      ["d", '{"data":"d"}', null],
    ]);
    const fourth = await rerun(second, "c");
    expect(await fork(fourth)).toMatchObject({ step: step("c", true), kept: [{ runId: id, steps: 2 }] });
    expect((await app.store.loadRun(fourth))?.steps[2]?.output).toBe('{"data":"edited"}');
  });

  it("the replay that made it", async () => {
    const { app, id, fork } = await lettered();
    const job = await app.engine.jobs.start("replay", {}, null);
    await app.clock.advance(5_000);
    const again = (await app.runs("app-fn")).find((run) => run.originalRunId !== null);
    expect(await fork(again?.id ?? "")).toMatchObject({ of: id, by: "replay", job: job.id, step: null });
  });

  it("so that another replay can leave out what was repeated already", async () => {
    const { app, id, rerun } = await lettered();
    const again = await rerun(id, "b");
    const filter = { skipRepeated: true };
    const counted = await app.engine.jobs.preview("replay", filter);
    expect([counted.matched, counted.runs.map((run) => run.id)]).toEqual([1, [again]]);
    const job = await app.engine.jobs.start("replay", filter, null);
    await app.clock.advance(5_000);
    expect(await app.engine.jobs.get(job.id)).toMatchObject({ status: "completed", looked: 2, matched: 1 });
    const runs = await app.runs("app-fn");
    expect(runs.map((run) => forkOf(run)?.of ?? null)).toEqual([null, id, again]);
  });

  it("where it comes from although another run's place keeps it from starting", async () => {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn", singleton: { mode: "skip" } });
    await app.sendAll([{ no: 0 }]);
    await app.clock.advance(2_000);
    const { id } = await app.onlyRun("app-fn");
    await app.sendAll([{ no: 1, ms: 60_000 }]);
    const { runId } = await app.engine.rerun({ runId: id });
    const run = await app.store.getRun(runId);
    expect([run?.status, run?.originalRunId, run && forkOf(run)]).toMatchObject(["skipped", id, { of: id }]);
  });
});

describe("a rerun of a function that is not registered at the moment", () => {
  const nobody = { url: "http://127.0.0.1/api/inngest", appName: "app", sdk: "js:v0", v: "0.1" };

  async function without(limits: object, runs: number) {
    const app = new LimitedApp();
    await app.limit({ id: "app-fn", ...limits });
    const { config } = app.engine.functions()[0] ?? {};
    if (!config) throw new Error("nothing is registered");
    for (let no = 0; no < runs; no++) await app.send("go", { no, ms: 10 });
    await app.clock.advance(600_000);
    const originals = await app.runs("app-fn");
    expect(originals.map((run) => run.status)).toEqual(originals.map(() => "completed"));
    app.visits.length = 0;
    await app.engine.removeApp("app");
    const back = () => app.engine.registerRemote({ ...nobody, functions: [config] });
    return { app, originals, back };
  }

  it("waits for it, and comes under its limits when it is there again", async () => {
    const { app, originals, back } = await without({ concurrency: 1 }, 3);
    for (const { id } of originals) await app.engine.rerun({ runId: id });
    await app.clock.advance(5_000);
    const waiting = (await app.runs("app-fn")).slice(3);
    expect(waiting.map((run) => [run.status, run.blocked])).toEqual(
      waiting.map(() => ["queued", "function_missing"]),
    );
    await back();
    await app.clock.advance(60_000);
    expect((await app.runs("app-fn")).slice(3).map((run) => run.status)).toEqual([
      "completed",
      "completed",
      "completed",
    ]);
    const [first, second, third] = app.visits.sort((a, b) => a.from - b.from);
    expect(second?.from).toBeGreaterThanOrEqual(first?.until ?? Number.NaN);
    expect(third?.from).toBeGreaterThanOrEqual(second?.until ?? Number.NaN);
    expect(await app.store.listGates({ kinds: ["lane"] })).toEqual([]);
  });

  it("does not use its throttle up meanwhile, nor does a replay", async () => {
    const { app, back } = await without({ throttle: { limit: 1, period: "1m" } }, 3);
    const { id } = await app.engine.jobs.start("replay", {}, null);
    await app.clock.advance(5_000);
    expect(await app.engine.jobs.get(id)).toMatchObject({ status: "completed", matched: 3 });
    await back();
    await app.clock.advance(600_000);
    const times = app.visits.map(({ from }) => from).sort((a, b) => a - b);
    expect(times).toHaveLength(3);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps.map((gap) => gap >= 60_000)).toEqual([true, true]);
  });

  it("can be cancelled by its rule, and is held where it was paused", async () => {
    const { app, originals, back } = await without({ cancel: [{ event: "stop" }] }, 2);
    const [first, second] = originals;
    const stopped = await app.engine.rerun({ runId: first?.id ?? "" });
    await app.send("stop");
    await app.clock.advance(5_000);
    expect((await app.store.getRun(stopped.runId))?.status).toBe("cancelled");
    await back();
    await app.engine.pauseFunction({ functionId: "app-fn", events: "skip" });
    await app.engine.removeApp("app");
    const held = await app.engine.rerun({ runId: second?.id ?? "" });
    await back();
    await app.clock.advance(5_000);
    expect(await app.store.getRun(held.runId)).toMatchObject({ status: "queued", blocked: "paused" });
    await app.engine.resumeFunction("app-fn");
    await app.clock.advance(5_000);
    expect((await app.store.getRun(held.runId))?.status).toBe("completed");
  });
});

describe("a rerun of a run that a schedule started", () => {
  it("has the same tick, and is no tick itself", async () => {
    const app = new ScheduledApp({ leaseMs: 24 * HOUR_MS });
    await app.schedule("app-hourly", { cron: "0 * * * *" });
    await app.clock.advance(HOUR_MS + MINUTE_MS);
    const run = await app.onlyRun("app-hourly");
    const { runId } = await app.engine.rerun({ runId: run.id });
    await app.clock.advance(MINUTE_MS);
    const again = await app.store.getRun(runId);
    expect(again).toMatchObject({ status: "completed", origin: "cron", eventId: run.eventId });
    const [schedule] = await app.schedules();
    await app.clock.advance(HOUR_MS);
    expect(await app.runs("app-hourly")).toHaveLength(3);
    expect(schedule?.id).toBe((await app.schedules())[0]?.id);
  });
});

describe("a rerun from a step that waits", () => {
  it("waits anew, and takes no input", async () => {
    const app = new RemoteApp();
    const script: Script = (request) => {
      if (memo(request, "a") === undefined) return ops(ran("a", 1));
      return memo(request, "nap") === undefined ? ops(sleep("nap", "1h")) : complete("late");
    };
    await app.register([{ id: "app-fn", triggers: go, script }]);
    await app.send("go");
    await app.clock.advance(2 * 3_600_000);
    const { id } = await app.onlyRun("app-fn");
    const edited = app.engine.rerun({ runId: id, from: { stepId: hashStepId("nap"), input: [1] } });
    await expect(edited).rejects.toMatchObject({ code: "invalid_request" });
    const { runId } = await app.engine.rerun({ runId: id, from: { stepId: hashStepId("nap") } });
    await app.clock.advance(1_000);
    const run = await app.store.getRun(runId);
    expect([run?.status, run && forkOf(run)]).toMatchObject([
      "running",
      { step: { stepId: hashStepId("nap"), edited: false }, kept: [{ runId: id, steps: 1 }] },
    ]);
    await app.clock.advance(2 * 3_600_000);
    expect((await app.store.getRun(runId))?.status).toBe("completed");
  });
});
