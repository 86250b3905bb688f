import type { FunctionConfig } from "@stepfast/protocol";
import type { AppRow, AttemptRow, EventRow, FunctionRow, RunRow, StepRow, WaitRow } from "@stepfast/store";

export const T0 = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The ISO text of a time `ms` after {@link T0}. */
export const at = (ms: number) => new Date(T0 + ms).toISOString();

/** Ids that sort by number, of the length of a ULID. */
export const idOf = (no: number) => `01J${String(no).padStart(23, "0")}`;

export function eventRow(over: Partial<EventRow> = {}): EventRow {
  return {
    id: idOf(1),
    key: null,
    name: "order/placed",
    data: '{"orderId":"7"}',
    user: null,
    v: null,
    meta: null,
    ts: T0,
    receivedAt: T0,
    runId: null,
    ...over,
  };
}

export function runRow(over: Partial<RunRow> = {}): RunRow {
  return {
    id: idOf(100),
    functionId: "shop-pay",
    appId: "shop",
    status: "running",
    origin: "event",
    eventId: idOf(1),
    eventIds: null,
    parentRunId: null,
    parentStepId: null,
    queuedAt: T0,
    startedAt: T0 + 1,
    endedAt: null,
    output: null,
    attempt: 0,
    retryAt: null,
    requestVersion: -1,
    cancel: null,
    startBy: null,
    finishBy: null,
    wakeAt: null,
    owner: "node",
    epoch: 1,
    blocked: null,
    rank: T0,
    flow: null,
    gate: null,
    originalRunId: null,
    fork: null,
    ...over,
  };
}

export function stepRow(over: Partial<StepRow> = {}): StepRow {
  return {
    runId: idOf(100),
    stepId: "a".repeat(40),
    no: 0,
    op: "StepRun",
    name: "charge",
    userId: "charge",
    status: "completed",
    attempt: 0,
    dueAt: null,
    opts: null,
    output: '{"data":{"paid":true}}',
    settledNo: 0,
    queuedAt: T0 + 2,
    startedAt: T0 + 3,
    endedAt: T0 + 10,
    childRunId: null,
    ...over,
  };
}

/** A step that has no result yet. */
export function openStep(over: Partial<StepRow>): StepRow {
  return stepRow({ status: "waiting", output: null, settledNo: null, endedAt: null, ...over });
}

export function attemptRow(over: Partial<AttemptRow> = {}): AttemptRow {
  return {
    runId: idOf(100),
    stepId: "a".repeat(40),
    attempt: 0,
    startedAt: T0 + 3,
    endedAt: T0 + 5,
    error: '{"name":"TypeError","message":"boom","stack":"TypeError: boom\\n  at x"}',
    ...over,
  };
}

export function waitRow(over: Partial<WaitRow> = {}): WaitRow {
  return {
    runId: idOf(100),
    stepId: "a".repeat(40),
    kind: "event",
    name: "order/paid",
    path: "",
    key: "",
    expression: null,
    eventId: idOf(1),
    createdAt: T0,
    expiresAt: T0 + 1000,
    ...over,
  };
}

export const payConfig: FunctionConfig = {
  id: "shop-pay",
  name: "Pay",
  triggers: [{ event: "order/placed", expression: "event.data.total > 10" }],
  steps: {
    step: {
      id: "step",
      name: "step",
      runtime: { type: "http", url: "http://localhost:3000/api/inngest?fnId=shop-pay&stepId=step" },
    },
  },
  cancel: [{ event: "order/void", if: "event.data.id == async.data.id" }],
};

export function appRow(over: Partial<AppRow> = {}): AppRow {
  return {
    id: "shop",
    url: "http://localhost:3000/api/inngest",
    sdk: "js:v4.24.0",
    framework: "express",
    appVersion: "1.2.3",
    error: null,
    checksum: "c",
    createdAt: T0,
    syncedAt: T0,
    ...over,
  };
}

export function functionRow(
  config: FunctionConfig = payConfig,
  over: Partial<FunctionRow> = {},
): FunctionRow {
  return {
    id: config.id,
    appId: "shop",
    name: config.name,
    config: JSON.stringify(config),
    version: 1,
    createdAt: T0,
    archivedAt: null,
    paused: null,
    overrides: null,
    ...over,
  };
}
