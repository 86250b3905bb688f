import { type EventPayload, limits, parseDueTime } from "@stepfast/protocol";
import type { EventRow, KeyRow, RunOrigin, RunRow, WaitRow } from "@stepfast/store";
import type { FunctionSpec } from "./function-spec.ts";
import { waitMatch } from "./step-op.ts";

/** Who makes a run, and whether it starts at once in the maker's memory. */
export interface RunMaker {
  now: number;
  /** Session that will own it from birth; null: it is parked and will be claimed. */
  owner: string | null;
}

export interface RunSeed {
  id: string;
  functionId: string;
  appId: string;
  origin: RunOrigin;
  parentRunId: string | null;
  parentStepId: string | null;
  /** Undefined: the function is not registered here; the run waits for it. */
  spec: FunctionSpec | undefined;
}

export interface NewRun {
  run: RunRow;
  waits: WaitRow[];
  key: KeyRow | null;
}

/** A run that an event starts, with its cancel rules and its idempotency key. */
export function newRun(seed: RunSeed, event: EventRow, payload: EventPayload, maker: RunMaker): NewRun {
  const later = event.ts > maker.now;
  const owner = later || !seed.spec ? null : maker.owner;
  const { spec } = seed;
  const run: RunRow = {
    id: seed.id,
    functionId: seed.functionId,
    appId: seed.appId,
    status: owner === null ? "queued" : "running",
    origin: seed.origin,
    eventId: event.id,
    eventIds: null,
    parentRunId: seed.parentRunId,
    parentStepId: seed.parentStepId,
    queuedAt: maker.now,
    startedAt: owner === null ? null : maker.now,
    endedAt: null,
    output: null,
    attempt: 0,
    retryAt: null,
    requestVersion: -1,
    cancel: null,
    startBy: spec?.startMs == null ? null : Math.max(maker.now, event.ts) + spec.startMs,
    finishBy: spec?.finishMs == null || owner === null ? null : maker.now + spec.finishMs,
    wakeAt: owner === null ? Math.max(maker.now, event.ts) : null,
    owner,
    epoch: owner === null ? 0 : 1,
    blocked: null,
    rank: maker.now,
    flow: null,
    gate: null,
    originalRunId: null,
  };
  return {
    run,
    waits: spec ? cancelWaits(spec, run, payload) : [],
    key: spec ? idempotencyKey(spec, run, payload) : null,
  };
}

function cancelWaits(spec: FunctionSpec, run: RunRow, payload: EventPayload): WaitRow[] {
  return spec.cancel.map((rule, index) => ({
    runId: run.id,
    stepId: `cancel:${index}`,
    kind: "cancel",
    name: rule.event,
    ...waitMatch(rule.expression ?? undefined, payload),
    eventId: run.eventId,
    createdAt: run.queuedAt,
    expiresAt: rule.timeout === null ? null : (parseDueTime(rule.timeout, run.queuedAt) ?? null),
  }));
}

/** One run per value and 24 h. An event without the value is not held back by it. */
function idempotencyKey(spec: FunctionSpec, run: RunRow, payload: EventPayload): KeyRow | null {
  if (!spec.idempotency) return null;
  const value = valueOrNull(() => spec.idempotency?.value({ event: payload }));
  if (value === null || value === undefined || value === "") return null;
  return {
    scope: `function:${spec.id}`,
    key: JSON.stringify(value),
    value: run.id,
    createdAt: run.queuedAt,
    expiresAt: run.queuedAt + limits.eventKeyTtlMs,
  };
}

function valueOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** The run as a record that it was not made: another one has its idempotency key. */
export function skippedRun(made: NewRun, existingRunId: string): NewRun {
  const run: RunRow = {
    ...made.run,
    status: "skipped",
    startedAt: null,
    endedAt: made.run.queuedAt,
    output: JSON.stringify({ reason: "idempotency", existingRunId }),
    startBy: null,
    finishBy: null,
    wakeAt: null,
    owner: null,
  };
  return { run, waits: [], key: null };
}
