import { COMPLETE_OP_ID, hashStepId, StepfastError } from "@stepfast/protocol";
import type { CommitResult } from "@stepfast/store";
import { describe, expect, it, vi } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, failed, memo, ops, planned, RemoteApp, ran, sleep } from "./remote-app.ts";

const go = [{ event: "go" }];

describe("a write whose answer is lost", () => {
  it("leaves no run behind that belongs to this node and is in nobody's memory", async () => {
    const app = new RemoteApp();
    await app.register([{ id: "app-one", triggers: go, script: () => complete("done") }]);
    const commit = app.store.commit.bind(app.store);
    vi.spyOn(app.store, "commit").mockImplementationOnce(async (changes): Promise<CommitResult> => {
      await commit(changes);
      throw new StepfastError("store_unavailable", "the answer was lost");
    });

    await expect(app.engine.send([{ name: "go", data: {} }])).rejects.toThrow("the answer was lost");
    await app.clock.advance(1);

    expect(await app.onlyRun("app-one")).toMatchObject({ status: "completed", epoch: 2 });
  });

  it("leaves no claimed run behind either", async () => {
    const app = new RemoteApp();
    const script = (request: Parameters<typeof memo>[0]) =>
      memo(request, "nap") === undefined ? ops(sleep("nap", "1s")) : complete("awake");
    await app.register([{ id: "app-nap", triggers: go, script }]);
    await app.send("go");
    const claim = app.store.claim.bind(app.store);
    vi.spyOn(app.store, "claim").mockImplementationOnce(async (params) => {
      await claim({ ...params, now: app.clock.now() + 1_000 });
      throw new StepfastError("store_unavailable", "the answer was lost");
    });

    await app.clock.advance(20_000);

    expect((await app.onlyRun("app-nap")).status).toBe("completed");
  });
});

describe("a run of which an earlier step was never recorded, though a later one was", () => {
  it("goes on: what is missing runs, under numbers of its own", async () => {
    const app = new RemoteApp();
    const script = (request: Parameters<typeof memo>[0]) => {
      if (memo(request, "nap") === undefined) return ops(sleep("nap", "1s"));
      return memo(request, "lost") === undefined ? ops(ran("lost", "found")) : complete("done");
    };
    await app.register([{ id: "app-one", triggers: go, script }]);
    await app.send("go");
    const { id: runId } = await app.onlyRun("app-one");
    const [nap] = (await app.store.loadRun(runId))?.steps ?? [];
    if (!nap) throw new Error("the run does not sleep");
    const later = { ...nap, no: 2, stepId: hashStepId("later"), name: "later", userId: "later" };
    const recorded = { op: "StepRun", status: "completed", output: '{"data":1}', settledNo: 2 } as const;
    await app.store.commit({ steps: [{ ...later, ...recorded }] });
    await app.clock.advance(2_000);
    expect((await app.onlyRun("app-one")).status).toBe("completed");
    const steps = (await app.store.loadRun(runId))?.steps ?? [];
    expect(steps.map(({ no }) => no)).toEqual([0, 2, 3]);
    expect(steps.map(({ settledNo }) => settledNo)).toEqual([3, 2, 4]);
  });
});

describe("a run that is taken away while it is being read", () => {
  it("is not written in the name of its new owner", async () => {
    const app = new RemoteApp();
    let calls = 0;
    const script = (request: Parameters<typeof memo>[0]) => {
      if (memo(request, "nap") === undefined) return ops(sleep("nap", "1s"));
      calls++;
      return complete("awake");
    };
    await app.register([{ id: "app-nap", triggers: go, script }]);
    await app.send("go");
    const loadRun = app.store.loadRun.bind(app.store);
    vi.spyOn(app.store, "loadRun").mockImplementationOnce(async (runId) => {
      const now = app.clock.now();
      await app.store.heartbeat({ owner: "other", now, until: now + 60_000 });
      const run = await app.store.getRun(runId);
      const guard = { kind: "lease", runId, owner: run?.owner ?? "", epoch: run?.epoch ?? 0 } as const;
      await app.store.commit({ guards: [guard], runs: [{ id: runId, owner: null, wakeAt: now }] });
      await app.store.claim({ owner: "other", now, limit: 1 });
      return loadRun(runId);
    });

    await app.clock.advance(1_000);

    expect(calls).toBe(0);
    expect(await app.onlyRun("app-nap")).toMatchObject({ status: "running", owner: "other" });
  });
});

describe("a run with a retry that is due", () => {
  it("rests while the function itself waits for its next attempt", async () => {
    const app = new RemoteApp();
    const stepError = { name: "Error", message: "no" };
    const script = (_: unknown, call: { request: { ctx: { attempt: number } } }) =>
      call.request.ctx.attempt === 0
        ? ops({ id: hashStepId("flaky"), op: "StepError", error: stepError })
        : failed("the function is broken, too");
    await app.register([{ id: "app-tired", retries: 3, triggers: go, script }]);
    const claim = vi.spyOn(app.store, "claim");
    await app.send("go");
    await app.clock.advance(15_000);
    claim.mockClear();

    await app.clock.advance(10_000);

    expect(claim.mock.calls.length).toBeLessThan(10);
  });

  it("gets a call of its own if a discovery only plans it", async () => {
    const app = new RemoteApp();
    const stepError = { name: "Error", message: "no" };
    await app.register([
      {
        id: "app-plan",
        retries: 1,
        triggers: go,
        script: (request, call) => {
          if (call.stepId === hashStepId("risky")) return ops(ran("risky", 1));
          if (memo(request, "risky") !== undefined) return complete("done");
          if (request.ctx.attempt > 0) return ops(planned("risky"));
          return ops({ id: hashStepId("risky"), op: "StepError", error: stepError });
        },
      },
    ]);
    await app.send("go");

    await app.clock.advance(15_000);

    expect((await app.onlyRun("app-plan")).status).toBe("completed");
    expect(app.calls).toHaveLength(4);
  });
});

describe("a request that arrived twice", () => {
  it("is told to stop where another result was recorded than its own", async () => {
    const app = new RemoteApp();
    const refused: unknown[] = [];
    await app.register([
      {
        id: "app-twice",
        triggers: go,
        script: async (request) => {
          if (memo(request, "draw") !== undefined) return complete(memo(request, "draw") as { data: number });
          const { run_id: runId, request_id: requestId, generation_id: generation } = request.ctx;
          const save = (value: number) =>
            app.engine.checkpoint({ runId, requestId, generation, ops: [ran("draw", value)] });
          await save(1);
          await save(1);
          await save(2).catch((error: unknown) => refused.push(error));
          return ops(ran("draw", 2), { id: COMPLETE_OP_ID, op: "RunComplete", data: 2 });
        },
      },
    ]);
    await app.send("go");
    await settle();

    expect(refused).toMatchObject([{ code: "stale_dispatch" }]);
    expect(await app.onlyRun("app-twice")).toMatchObject({ status: "completed", output: '{"data":1}' });
  });
});

describe("a cancellation", () => {
  it("is not acknowledged while another node holds the run", async () => {
    const app = new RemoteApp({ leaseMs: 60_000 });
    await app.register([{ id: "app-long", triggers: go, script: () => new Promise(() => {}) }]);
    await app.send("go");
    const other = app.takeOver();
    await other.start();
    const { id: runId } = await app.onlyRun("app-long");

    const cancelled = expect(other.cancelRun({ runId })).rejects.toMatchObject({ code: "store_unavailable" });
    await app.clock.advance(5_000);
    await cancelled;
  });
});
