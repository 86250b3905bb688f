import { type EventPayload, limits, parseDueTime } from "@stepfast/protocol";
import type { KeyRow, RunRow, WaitRow } from "@stepfast/store";
import type { RunPlace, SkipReason } from "./flow/admission.ts";
import type { FunctionSpec } from "./function-spec.ts";
import { PAUSED } from "./pause.ts";
import type { RunSeed } from "./run-seed.ts";
import { waitMatch } from "./wait-match.ts";

/** Who makes a run, and whether it starts at once in the maker's memory. */
export interface RunMaker {
  now: number;
  /** Session that will own it from birth; null: it is parked and will be claimed. */
  owner: string | null;
  /** What its function's limits come to; absent: it has none. */
  place?: RunPlace;
}

/** What starts a run. */
export interface RunCause {
  eventId: string;
  /** Of a batch: all of them. */
  eventIds: string[] | null;
  /** The run starts no sooner. */
  ts: number;
  /** The (first) event as expressions see it; null: nothing of the run depends on it. */
  payload: EventPayload | null;
}

export interface NewRun {
  run: RunRow;
  waits: WaitRow[];
}

/** A run that an event starts, with its cancel rules. */
export function newRun(seed: RunSeed, cause: RunCause, maker: RunMaker): NewRun {
  const { spec } = seed;
  const place = maker.place ?? { flow: null, rank: maker.now, gate: null };
  const blocked = spec?.paused ? PAUSED : place.gate === null ? null : "gate";
  const isHeld = cause.ts > maker.now || blocked !== null;
  const owner = isHeld || !spec ? null : maker.owner;
  const startBy = spec?.startMs == null ? null : Math.max(maker.now, cause.ts) + spec.startMs;
  const run: RunRow = {
    ...blankRow(seed, cause, maker.now),
    status: owner === null ? "queued" : "running",
    startedAt: owner === null ? null : maker.now,
    startBy,
    finishBy: spec?.finishMs == null || owner === null ? null : maker.now + spec.finishMs,
    wakeAt: owner !== null ? null : blocked !== null ? startBy : Math.max(maker.now, cause.ts),
    owner,
    epoch: owner === null ? 0 : 1,
    blocked,
    rank: place.rank,
    flow: place.flow === null ? null : JSON.stringify(place.flow),
    gate: place.gate,
  };
  return { run, waits: spec && cause.payload ? cancelWaits(spec, run, cause.payload) : [] };
}

function blankRow(seed: RunSeed, cause: RunCause, now: number): RunRow {
  return {
    id: seed.id,
    functionId: seed.functionId,
    appId: seed.appId,
    status: "queued",
    origin: seed.origin,
    eventId: cause.eventId,
    eventIds: cause.eventIds === null ? null : JSON.stringify(cause.eventIds),
    parentRunId: seed.parentRunId,
    parentStepId: seed.parentStepId,
    queuedAt: now,
    startedAt: null,
    endedAt: null,
    output: null,
    attempt: 0,
    retryAt: null,
    requestVersion: -1,
    cancel: null,
    startBy: null,
    finishBy: null,
    wakeAt: null,
    owner: null,
    epoch: 0,
    blocked: null,
    rank: now,
    flow: null,
    gate: null,
    originalRunId: seed.originalRunId ?? null,
    fork: seed.fork ?? null,
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
export function idempotencyKey(
  spec: FunctionSpec,
  run: Pick<RunRow, "id" | "queuedAt">,
  payload: EventPayload,
): KeyRow | null {
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

/** The record that an event did not become a run, and why; `existingRunId`: the run that stands in its place. */
export function skippedRun(
  seed: RunSeed,
  eventId: string,
  why: { reason: SkipReason; existingRunId: string | null },
  now: number,
): RunRow {
  const cause: RunCause = { eventId, eventIds: null, ts: now, payload: null };
  return {
    ...blankRow(seed, cause, now),
    status: "skipped",
    endedAt: now,
    output: JSON.stringify(why),
  };
}
