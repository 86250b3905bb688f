import type { ChangeSet, EventRow, RunRow, Store } from "@stepfast/store";

const OWNER = "the bench";

function event(id: string): EventRow {
  return {
    id,
    key: null,
    name: "bench/chain",
    data: '{"n":1}',
    user: null,
    v: null,
    meta: null,
    ts: 0,
    receivedAt: 0,
    runId: null,
  };
}

function run(id: string): RunRow {
  return {
    id,
    functionId: "bench-chain",
    appId: "bench",
    status: "running",
    origin: "event",
    eventId: `event of ${id}`,
    eventIds: null,
    parentRunId: null,
    parentStepId: null,
    queuedAt: 0,
    startedAt: 0,
    endedAt: null,
    output: null,
    attempt: 0,
    retryAt: null,
    requestVersion: 2,
    cancel: null,
    startBy: null,
    finishBy: null,
    wakeAt: null,
    owner: OWNER,
    epoch: 1,
    blocked: null,
    rank: 0,
    flow: null,
    gate: null,
    originalRunId: null,
    fork: null,
  };
}

/** The rows an engine writes for a run, without an engine. */
export function beginning(runId: string): ChangeSet {
  return { events: [event(`event of ${runId}`)], newRuns: [run(runId)] };
}

export function step(runId: string, no: number): ChangeSet {
  const row = {
    runId,
    stepId: `step ${no}`,
    no,
    op: "StepRun",
    name: `step ${no}`,
    userId: `step ${no}`,
    status: "completed",
    attempt: 0,
    dueAt: null,
    opts: null,
    output: '{"data":{"index":0,"text":"the result of a step"}}',
    settledNo: no,
    queuedAt: 0,
    startedAt: 0,
    endedAt: 0,
    childRunId: null,
  } as const;
  return { guards: [{ kind: "lease", runId, owner: OWNER, epoch: 1 }], steps: [row] };
}

export function ending(runId: string): ChangeSet {
  return {
    guards: [{ kind: "lease", runId, owner: OWNER, epoch: 1 }],
    runs: [{ id: runId, status: "completed", output: '{"ok":true}', endedAt: 0, owner: null, wakeAt: null }],
  };
}

/** Milliseconds it takes to write what that many runs need, a hundred callers at once. */
export async function timedRows(store: Store, runs: number, steps: number): Promise<number> {
  const begunAt = performance.now();
  let left = runs;
  const work = async () => {
    while (left-- > 0) {
      const id = `${begunAt} ${String(left).padStart(6, "0")}`;
      await store.commit(beginning(id));
      for (let no = 0; no < steps; no++) await store.commit(step(id, no));
      await store.commit(ending(id));
    }
  };
  await Promise.all(Array.from({ length: 100 }, work));
  return performance.now() - begunAt;
}
