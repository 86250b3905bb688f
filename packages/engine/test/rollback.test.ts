import { hashStepId, systemEvents } from "@stepfast/protocol";
import type { ChangeSet, CommitResult } from "@stepfast/store";
import { describe, expect, it, vi } from "vitest";
import { settle } from "./fake-clock.ts";
import { ops, sleep } from "./remote-app.ts";
import { SagaApp, type SagaPlan, saga } from "./saga-app.ts";

const DAY_MS = 24 * 3_600_000;
const calm = { leaseMs: 30 * DAY_MS };

describe("a run that fails", () => {
  it("undoes its completed steps, last first, and ends only then", async () => {
    const app = new SagaApp({ fails: "ship" }, calm);
    await app.begin();

    expect(app.did).toEqual(["charge", "reserve", "undo reserve", "undo charge"]);
    expect((await app.load()).run).toMatchObject({ status: "failed", blocked: null, owner: null });
    expect(await app.rollback()).toMatchObject({ status: "completed" });
  });

  it("undoes nothing if it succeeds", async () => {
    const app = new SagaApp({}, calm);
    await app.begin();

    expect(app.did).toEqual(["charge", "reserve", "ship"]);
    expect(await app.rollback()).toBeUndefined();
  });

  it("announces its end after the last rollback, once", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { reserve: 1 } }, calm);
    await app.begin();
    const failures = () => app.store.listEvents({ name: systemEvents.functionFailed });

    expect(await failures()).toEqual([]);
    expect((await app.load()).run).toMatchObject({ status: "running", endedAt: null });
    await app.clock.advance(DAY_MS);

    expect(await failures()).toHaveLength(1);
    expect(app.did.at(-1)).toBe("undo charge");
  });

  it("tries a rollback as often as a step, with the same delays", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { reserve: 3 } }, calm);
    await app.begin();
    expect(app.attempts).toEqual(["reserve 0"]);
    await app.clock.advance(14_999);
    expect(app.attempts).toHaveLength(1);
    await app.clock.advance(1);
    expect(app.attempts).toHaveLength(2);
    await app.clock.advance(DAY_MS);

    expect(app.attempts).toEqual(["reserve 0", "reserve 1", "reserve 2", "reserve 3", "charge 0"]);
    const attempts = await app.store.listAttempts((await app.load()).run.id);
    expect(attempts.filter(({ stepId }) => stepId.startsWith("rollback:"))).toHaveLength(3);
  });

  it("goes on with the others when a rollback has failed for good, and says which did", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { reserve: 99 } }, calm);
    await app.begin({ retries: 1 });
    await app.clock.advance(DAY_MS);

    expect(app.attempts).toEqual(["reserve 0", "reserve 1", "charge 0"]);
    expect((await app.load()).run.status).toBe("failed");
    const rollback = await app.rollback();
    expect(rollback?.status).toBe("failed");
    expect(rollback?.output).toContain('Not undone: \\"reserve rollback\\": cannot undo reserve');
  });
});

describe("a run that is cancelled", () => {
  it("undoes what it did while it sleeps, and its sleep never ends", async () => {
    const app = new SagaApp({ sleepsBefore: "ship" }, calm);
    await app.begin();
    const { run } = await app.load();
    expect(run.blocked).toBe("waiting");

    await app.engine.cancelRun({ runId: run.id });
    await settle();

    expect(app.did).toEqual(["charge", "reserve", "undo reserve", "undo charge"]);
    expect((await app.load()).run.status).toBe("cancelled");
    await app.clock.advance(DAY_MS);
    expect(app.did).toHaveLength(4);
  });

  it("undoes the step that was executing, too", async () => {
    const app = new SagaApp({}, calm);
    let finish = () => {};
    app.before = (what) =>
      what === "reserve"
        ? new Promise((resolve) => {
            finish = resolve;
          })
        : undefined;
    await app.begin();
    const { run } = await app.load();
    const cancelled = app.engine.cancelRun({ runId: run.id });
    await settle();
    expect(app.did).toEqual(["charge"]);
    finish();
    await cancelled;
    await settle();

    expect(app.did).toEqual(["charge", "reserve", "undo reserve", "undo charge"]);
    expect((await app.load()).run.status).toBe("cancelled");
  });

  it("by its time-out undoes what it did", async () => {
    const app = new SagaApp({ sleepsBefore: "reserve" }, calm);
    await app.begin({ timeouts: { finish: "10m" } });
    await app.clock.advance(11 * 60_000);

    expect(app.did).toEqual(["charge", "undo charge"]);
    expect((await app.load()).run.status).toBe("cancelled");
  });

  it("before it did anything ends at once", async () => {
    const app = new SagaApp({ sleepsBefore: "charge" }, calm);
    await app.begin();
    await app.engine.cancelRun({ runId: (await app.load()).run.id });
    await settle();

    expect((await app.load()).run.status).toBe("cancelled");
    expect(await app.rollback()).toBeUndefined();
  });

  it("is not stopped by another cancellation, nor by an event it waited for", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { reserve: 1 } }, calm);
    await app.begin({ cancel: [{ event: "stop" }] });
    const { run } = await app.load();
    const cancelled = app.engine.cancelRun({ runId: run.id });
    await expect(cancelled).rejects.toMatchObject({ code: "run_already_ended" });
    await app.send("stop");
    expect((await app.load()).run).toMatchObject({ status: "running", cancel: null });
    await app.clock.advance(DAY_MS);

    expect(app.did).toEqual(["charge", "reserve", "undo reserve", "undo charge"]);
    expect((await app.load()).run.status).toBe("failed");
  });
});

describe("limits of the function", () => {
  it("hold for rollbacks: one that waits to be retried leaves its place to others, and asks for it again", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { reserve: 1 } }, calm);
    await app.begin({ concurrency: [{ limit: 1 }] });
    expect(app.attempts).toEqual(["reserve 0"]);
    const open = app.holdUp("charge");
    await app.send("go");
    await app.clock.advance(60_000);
    // The other run's step holds the only place.
    expect(app.attempts).toEqual(["reserve 0"]);
    open();
    await app.clock.advance(DAY_MS);

    expect((await app.runs(saga)).map(({ status }) => status)).toEqual(["failed", "failed"]);
    expect(app.did.filter((what) => what === "undo charge")).toHaveLength(2);
  });

  it("hold for rollbacks of a cancelled run: one that waits for a place gets it when its turn comes", async () => {
    const app = new SagaApp({ sleepsBefore: "ship", undoFails: { reserve: 1 } }, calm);
    await app.begin({ concurrency: [{ limit: 1 }] });
    const [first] = await app.runs(saga);
    await app.engine.cancelRun({ runId: first?.id ?? "" });
    await app.clock.advance(100);
    expect(app.attempts).toEqual(["reserve 0"]);
    const open = app.holdUp("charge");
    await app.send("go");
    // The other run's step holds the only place.
    await app.clock.advance(60_000);
    expect(app.attempts).toEqual(["reserve 0"]);
    open();
    await app.clock.advance(DAY_MS);

    expect((await app.runs(saga)).map(({ status }) => status)).toEqual(["cancelled", "completed"]);
    expect(app.did).toEqual([
      "charge",
      "reserve",
      "charge",
      "reserve",
      "undo reserve",
      "undo charge",
      "ship",
    ]);
  });

  it("a singleton holds its place until its rollbacks are done", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { charge: 1 } }, calm);
    await app.begin({ singleton: { mode: "skip" } });
    await app.send("go");
    expect((await app.runs(saga)).map(({ status }) => status)).toEqual(["running", "skipped"]);
    await app.clock.advance(DAY_MS);
    await app.send("go");

    expect((await app.runs(saga)).map(({ status }) => status)).toEqual(["failed", "skipped", "running"]);
  });
});

describe("without the function's code", () => {
  it("a cancelled run waits for it, and undoes its steps then", async () => {
    const app = new SagaApp({ sleepsBefore: "ship" }, calm);
    await app.begin();
    const { run } = await app.load();
    await app.engine.removeApp("app");
    const cancelled = app.engine.cancelRun({ runId: run.id });
    await app.clock.advance(60_000);
    await cancelled;
    expect((await app.load()).run).toMatchObject({
      status: "running",
      blocked: "function_missing",
      cancel: expect.stringContaining("api"),
    });
    const claims = vi.spyOn(app.store, "loadRun");
    await app.clock.advance(600_000);
    expect(claims.mock.calls.length).toBeLessThan(3);

    await app.register([
      {
        id: saga,
        triggers: [{ event: "go" }],
        script: app.scripts.get(saga) ?? (() => ops(sleep("?", "1s"))),
      },
    ]);
    await app.clock.advance(60_000);
    expect(app.did).toEqual(["charge", "reserve", "undo reserve", "undo charge"]);
    expect((await app.load()).run.status).toBe("cancelled");
  });
});

describe("a rerun from a step", () => {
  it("runs again what was undone, and undoes only what it did itself", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { charge: 99 } }, calm);
    await app.begin({ retries: 0 });
    await app.clock.advance(DAY_MS);
    const { run } = await app.load();
    app.plan.undoFails = {};
    app.did.length = 0;

    const again = await app.engine.rerun({ runId: run.id, from: { stepId: "reserve" } });
    await app.clock.advance(DAY_MS);

    // The charge stood still: it is kept, and this time it could be undone.
    expect(app.did).toEqual(["reserve", "undo reserve", "undo charge"]);
    app.did.length = 0;
    await app.engine.rerun({ runId: again.runId, from: { stepId: "reserve" } });
    await app.clock.advance(DAY_MS);
    expect(app.did).toEqual(["charge", "reserve", "undo reserve", "undo charge"]);
    const from = { stepId: "reserve", input: [1] };
    await expect(app.engine.rerun({ runId: again.runId, from })).rejects.toThrow("were undone and run again");
  });

  it("waits for the original's rollbacks, and only one of two takes over what it could not undo", async () => {
    const app = new SagaApp({ fails: "ship", undoFails: { charge: 99 } }, calm);
    await app.begin({ retries: 1 });
    const { run } = await app.load();
    const from = { stepId: "reserve" };
    expect(app.attempts).toEqual(["reserve 0", "charge 0"]);
    await expect(app.engine.rerun({ runId: run.id, from })).rejects.toThrow("are being undone");
    await app.clock.advance(DAY_MS);
    app.plan.undoFails = {};
    app.did.length = 0;

    const again = await app.engine.rerun({ runId: run.id, from });
    await expect(app.engine.rerun({ runId: run.id, from })).rejects.toThrow(`rerun "${again.runId}"`);
    await app.clock.advance(DAY_MS);
    expect(app.did).toEqual(["reserve", "undo reserve", "undo charge"]);
  });

  it("of a run that succeeded never undoes what that run did", async () => {
    const app = new SagaApp({}, calm);
    await app.begin();
    const { run } = await app.load();
    app.plan.fails = "ship";
    app.did.length = 0;
    await app.engine.rerun({ runId: run.id, from: { stepId: "ship" } });
    await app.clock.advance(DAY_MS);

    expect(app.did).toEqual([]);
  });
});

/** The process dies at its n-th commit from now on: before it is written, or after, with nobody told. */
function dieAt(app: SagaApp, commitNo: number, isWritten: boolean): { died(): boolean } {
  const commit = app.store.commit.bind(app.store);
  let count = 0;
  let hasDied = false;
  vi.spyOn(app.store, "commit").mockImplementation(async (changes: ChangeSet): Promise<CommitResult> => {
    if (count++ !== commitNo || hasDied) return commit(changes);
    hasDied = true;
    if (isWritten) await commit(changes);
    app.engine.crash();
    return new Promise<CommitResult>(() => {});
  });
  return { died: () => hasDied };
}

interface Death {
  status: string;
  plan: SagaPlan;
  isWritten: boolean;
}

const deaths = [true, false].flatMap((isWritten): Death[] => [
  { status: "failed", plan: { fails: "ship", undoFails: { reserve: 1 } }, isWritten },
  { status: "cancelled", plan: { sleepsBefore: "ship", undoFails: { charge: 1 } }, isWritten },
]);

/** A saga that is killed at a commit and taken over by another node. False: it ended before that commit. */
async function survive(plan: SagaPlan, commitNo: number, isWritten: boolean): Promise<SagaApp | false> {
  const app = new SagaApp(plan);
  const isCancelled = plan.fails === undefined;
  let first: { died(): boolean } | undefined;
  if (!isCancelled) first = dieAt(app, commitNo, isWritten);
  void app.begin();
  await settle();
  if (isCancelled) {
    const { run } = await app.load();
    first = dieAt(app, commitNo, isWritten);
    void app.engine.cancelRun({ runId: run.id }).catch(() => {});
  }
  await app.clock.advance(60_000);
  if (!first?.died()) return false;
  const other = app.takeOver();
  await other.start();
  await app.clock.advance(60_000);
  const [run] = await app.runs(saga);
  if (isCancelled && run) void other.cancelRun({ runId: run.id }).catch(() => {});
  await app.clock.advance(600_000);
  return app;
}

describe("a process that dies at any commit", () => {
  it.each(deaths)(
    "of a $status run (written: $isWritten): another undoes every step, and ends the run once",
    async ({ status, plan, isWritten }) => {
      let survived = 0;
      for (let commitNo = 0; ; commitNo++) {
        const app = await survive(plan, commitNo, isWritten);
        if (!app) break;
        // Nothing was written: there is no run.
        if ((await app.runs(saga)).length === 0) continue;
        survived++;
        await expectUndone(app, status, `commit ${commitNo}`);
      }
      expect(survived).toBeGreaterThan(4);
    },
  );
});

async function expectUndone(app: SagaApp, status: string, at: string): Promise<void> {
  const { run, steps } = await app.load();
  expect(run, at).toMatchObject({ status, owner: null });
  const undone = steps.filter((step) => step.op === "StepRollback");
  expect(
    undone.map((step) => [step.name, step.status]),
    at,
  ).toEqual([
    ["reserve rollback", "completed"],
    ["charge rollback", "completed"],
  ]);
  const name = status === "failed" ? systemEvents.functionFailed : systemEvents.functionCancelled;
  expect(await app.store.listEvents({ name }), at).toHaveLength(1);
}

describe("a run with something to undo that is under way", () => {
  it("cannot be rerun from a step, which would keep what it may undo; all of it can", async () => {
    const app = new SagaApp({ sleepsBefore: "ship" }, calm);
    await app.begin();
    const { id: runId } = await app.onlyRun(saga);
    const from = { stepId: "ship" };
    await expect(app.engine.rerun({ runId, from: { stepId: hashStepId("nap") } })).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("under way"),
    });
    await app.engine.rerun({ runId });
    await app.clock.advance(DAY_MS);
    expect((await app.runs(saga)).map((run) => run.status)).toEqual(["completed", "completed"]);
    const again = await app.engine.rerun({ runId, from });
    await app.clock.advance(DAY_MS);
    expect((await app.store.getRun(again.runId))?.status).toBe("completed");
  });
});
