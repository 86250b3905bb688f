import type {
  AppRow,
  AttemptRow,
  EventRow,
  FunctionRow,
  GateRow,
  KeyRow,
  MessageRow,
  MetadataRow,
  RunRow,
  StepRow,
  WaitRow,
} from "@stepfast/store";

/** Rows with everything filled in; a test names only what it is about. */

export function makeEvent(given: Partial<EventRow> & { id: string }): EventRow {
  return {
    key: null,
    name: "shop/order.placed",
    data: "{}",
    user: null,
    v: null,
    meta: null,
    ts: 1_000,
    receivedAt: 1_000,
    runId: null,
    ...given,
  };
}

/** A queued run that is due at 1,000. */
export function makeRun(given: Partial<RunRow> & { id: string }): RunRow {
  return {
    functionId: "shop-fulfil",
    appId: "shop",
    status: "queued",
    origin: "event",
    eventId: "event-1",
    eventIds: null,
    parentRunId: null,
    parentStepId: null,
    queuedAt: 1_000,
    startedAt: null,
    endedAt: null,
    output: null,
    attempt: 0,
    retryAt: null,
    requestVersion: -1,
    cancel: null,
    startBy: null,
    finishBy: null,
    wakeAt: 1_000,
    owner: null,
    epoch: 0,
    blocked: null,
    rank: 1_000,
    flow: null,
    gate: null,
    originalRunId: null,
    fork: null,
    ...given,
  };
}

/** A run that `owner` holds in epoch 1. */
export function makeOwnedRun(given: Partial<RunRow> & { id: string; owner: string }): RunRow {
  return makeRun({ status: "running", startedAt: 1_000, epoch: 1, wakeAt: null, ...given });
}

/** A completed step. */
export function makeStep(given: Partial<StepRow> & { runId: string; no: number }): StepRow {
  return {
    stepId: `hash-${given.no}`,
    op: "StepRun",
    name: "charge card",
    userId: "charge card",
    status: "completed",
    attempt: 0,
    dueAt: null,
    opts: null,
    output: '{"data":1}',
    settledNo: given.no,
    queuedAt: 1_000,
    startedAt: 1_000,
    endedAt: 1_001,
    childRunId: null,
    ...given,
  };
}

export function makeAttempt(given: Partial<AttemptRow> & { runId: string }): AttemptRow {
  return {
    stepId: "hash-0",
    attempt: 0,
    startedAt: 1_000,
    endedAt: 1_001,
    error: '{"name":"Error"}',
    ...given,
  };
}

export function makeMetadata(given: Partial<MetadataRow> & { runId: string }): MetadataRow {
  return {
    stepId: "hash-0",
    attempt: null,
    kind: "userland.default",
    op: "set",
    content: '{"n":1}',
    createdAt: 1_000,
    ...given,
  };
}

/** An open wait for `shop/order.paid` with `data.id` = 7, until 9,000. */
export function makeWait(given: Partial<WaitRow> & { runId: string; stepId: string }): WaitRow {
  return {
    kind: "event",
    name: "shop/order.paid",
    path: "data.id",
    key: "data.id=7",
    expression: null,
    eventId: "event-1",
    createdAt: 1_000,
    expiresAt: 9_000,
    ...given,
  };
}

export function makeMessage(given: Partial<MessageRow> & { id: string; runId: string }): MessageRow {
  return { kind: "event", stepId: "hash-0", payload: "{}", createdAt: 1_500, ...given };
}

/** A lane of `shop-fulfil` that is never due by itself. */
export function makeGate(given: Partial<GateRow> & { id: string }): GateRow {
  return { kind: "lane", functionId: "shop-fulfil", stamp: "stamp-1", state: "{}", dueAt: null, ...given };
}

/** A claim made at 1,000 that expires at 2,000. */
export function makeKey(given: Partial<KeyRow> & { key: string }): KeyRow {
  return { scope: "event", value: "event-1", createdAt: 1_000, expiresAt: 2_000, ...given };
}

export function makeApp(given: Partial<AppRow> & { id: string }): AppRow {
  return {
    url: "http://localhost:3000/api/inngest",
    sdk: "js:v4.0.0",
    framework: "express",
    appVersion: null,
    error: null,
    checksum: "sum-1",
    createdAt: 1_000,
    syncedAt: 1_000,
    ...given,
  };
}

export function makeFunction(given: Partial<FunctionRow> & { id: string }): FunctionRow {
  return {
    appId: "shop",
    name: "Fulfil",
    config: '{"retries":4}',
    version: 1,
    createdAt: 1_000,
    archivedAt: null,
    paused: null,
    overrides: null,
    ...given,
  };
}
