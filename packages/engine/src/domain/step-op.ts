import {
  type Json,
  type JsonObject,
  limits,
  type Op,
  omittedValue,
  parseDueTime,
  StepfastError,
  systemEvents,
  toWireError,
  type WireError,
} from "@stepfast/protocol";
import type { StepRow, StepStatus, WaitRow } from "@stepfast/store";
import type { Draft, SignalFinding } from "./draft.ts";
import { noteMetadata } from "./metadata.ts";
import { hasRollback } from "./rollback.ts";
import { isSettled } from "./run-state.ts";
import { warnOfOutput } from "./size-warnings.ts";
import { emission } from "./system-event.ts";
import { waitMatch } from "./wait-match.ts";

const SIGNAL = "signal:";
const ONE_YEAR_MS = 365 * 24 * 3_600_000;

/** The step's row as it is, or a new one as the op describes it. */
export function stepOf(draft: Draft, op: Op, status: StepStatus): StepRow {
  const known = draft.step(op.id);
  if (known) return known;
  const opts = op.opts && Object.keys(op.opts).length > 0 ? JSON.stringify(op.opts) : null;
  return {
    runId: draft.runId,
    stepId: op.id,
    no: draft.nextNo,
    op: op.op === "StepPlanned" || op.op === "StepError" || op.op === "StepFailed" ? "StepRun" : op.op,
    name: op.displayName ?? op.name ?? op.userland?.id ?? op.id,
    userId: op.userland?.id ?? op.displayName ?? op.name ?? op.id,
    status,
    attempt: 0,
    dueAt: null,
    opts,
    output: null,
    settledNo: null,
    queuedAt: draft.now,
    startedAt: null,
    endedAt: null,
    childRunId: null,
  };
}

/** A result as it is stored. */
export function dataJson({ json, data }: Op): string {
  return json === undefined ? JSON.stringify({ data: data ?? null }) : `{"data":${json}}`;
}

function startedAt(op: Op, step: StepRow): number | null {
  return op.timing ? Math.floor(op.timing.a / 1e6) : step.startedAt;
}

export function applyStepRun(draft: Draft, op: Op, callAttempt: number): void {
  const step = stepOf(draft, op, "planned");
  if (isSettled(step)) return;
  noteMetadata(draft, op);
  const output = dataJson(op);
  const row = {
    ...step,
    opts: optsAsRun(step, op),
    attempt: op.attempt ?? Math.max(step.attempt, callAttempt),
    startedAt: startedAt(op, step),
  };
  if (output.length > draft.sizes.stepOutputBytes) {
    draft.hasRefused = true;
    draft.refuse(row, tooLarge("output_too_large", "A step's output", draft.sizes.stepOutputBytes));
    return;
  }
  warnOfOutput(draft, op.id, output.length);
  draft.settle(row, "completed", output);
  draft.heard();
}

/** Code that was deployed since the step was planned may have learnt to undo it, or forgotten how. */
function optsAsRun(step: StepRow, op: Op): string | null {
  const canUndo = op.opts?.rollback === true;
  if (canUndo === hasRollback(step)) return step.opts;
  const { rollback: _, ...others } = JSON.parse(step.opts ?? "{}") as Record<string, unknown>;
  return JSON.stringify(canUndo ? { ...others, rollback: true } : others);
}

export function tooLarge(
  code: "output_too_large" | "state_too_large",
  what: string,
  bytes: number,
): WireError {
  const error = new StepfastError(
    code,
    `${what} is over ${bytes} bytes: store large values elsewhere and return a reference`,
  );
  return { ...toWireError(error), stack: "" };
}

export function applyStepPlanned(draft: Draft, op: Op): void {
  const known = draft.step(op.id);
  if (!known) return draft.putStep(stepOf(draft, op, "planned"));
  // A discovery left a due retry to a call of its own: asking it again would only bring the same answer.
  if (known.status === "retrying" && (known.dueAt ?? 0) <= draft.now)
    draft.putStep({ ...known, status: "planned", dueAt: null });
}

export interface StepFailure {
  error: WireError;
  attempt: number;
  startedAt: number;
  /** There is no other attempt, whatever the count says. */
  final: boolean;
  /** The function takes the failure for final, too. */
  known: boolean;
  retryAfter?: string | undefined;
  retryAtOnce?: boolean | undefined;
}

/** A failed attempt: another one if any is left, else the failure is the step's result. */
export function failAttempt(draft: Draft, step: StepRow, failure: StepFailure): void {
  if (isSettled(step)) return;
  draft.recordAttempt({ ...failure, stepId: step.stepId });
  const row = { ...step, attempt: failure.attempt, startedAt: failure.startedAt };
  if (failure.final || failure.attempt + 1 >= draft.state.fn.maxAttempts) {
    if (!failure.known) return draft.refuse(row, failure.error);
    draft.fail(row, failure.error);
    return draft.heard();
  }
  draft.putStep({
    ...row,
    status: "retrying",
    attempt: failure.attempt + 1,
    dueAt: draft.retryDueAt(failure.attempt, failure),
  });
}

export function applyStepFailure(
  draft: Draft,
  op: Op,
  callAttempt: number,
  call: { noRetry: boolean; retryAfter?: string | undefined },
): void {
  const step = stepOf(draft, op, "planned");
  if (!isSettled(step)) noteMetadata(draft, op);
  failAttempt(draft, step, {
    error: op.error ?? { name: "Error", message: "The step failed without an error" },
    attempt: op.attempt ?? Math.max(step.attempt, callAttempt),
    startedAt: startedAt(op, step) ?? draft.now,
    final: op.op === "StepFailed" || call.noRetry,
    known: op.op === "StepFailed",
    retryAfter: op.retryAfter ?? call.retryAfter,
  });
}

/** When a waiting step ends by itself; an error where the op asks for the impossible. */
function dueAt(draft: Draft, text: string | undefined, fallbackMs: number | null): number | WireError {
  if (text === undefined && fallbackMs !== null) return draft.now + fallbackMs;
  const due = parseDueTime(text ?? "", draft.now);
  if (due === undefined) {
    return plainError(new StepfastError("invalid_duration", `"${text}" is neither a duration nor a time`));
  }
  if (due - draft.now > limits.waitMs) {
    return plainError(new StepfastError("wait_too_long", "A sleep or wait may last at most 366 days"));
  }
  return due;
}

function plainError(error: StepfastError): WireError {
  return { ...toWireError(error), stack: "" };
}

export function applySleep(draft: Draft, op: Op): void {
  if (draft.step(op.id)) return;
  const step = stepOf(draft, op, "waiting");
  const due = dueAt(draft, op.opts?.duration ?? op.name, null);
  if (typeof due !== "number") return draft.refuse(step, due);
  draft.putStep({ ...step, dueAt: due, startedAt: draft.now });
}

function waitRow(
  draft: Draft,
  op: Op,
  wait: Pick<WaitRow, "kind" | "name" | "path" | "key" | "expression">,
  due: number,
): WaitRow {
  return {
    ...wait,
    runId: draft.runId,
    stepId: op.id,
    eventId: draft.state.run.eventId,
    createdAt: draft.now,
    expiresAt: due,
  };
}

export function applyWaitForEvent(draft: Draft, op: Op): void {
  if (draft.step(op.id)) return;
  const name = op.opts?.event ?? op.name ?? "";
  const step = stepOf(draft, { ...op, opts: { ...op.opts, event: name } }, "waiting");
  const due = dueAt(draft, op.opts?.timeout, limits.waitMs);
  if (typeof due !== "number") return draft.refuse(step, due);
  if (!isUsableName(name, limits.eventNameBytes))
    return draft.refuse(step, unusableName("An event's", limits.eventNameBytes));
  try {
    const match = waitMatch(op.opts?.if, draft.state.events[0]);
    draft.putStep({ ...step, dueAt: due, startedAt: draft.now });
    draft.out.newWaits.push(waitRow(draft, op, { kind: "event", name, ...match }, due));
  } catch (error) {
    draft.refuse(step, { ...toWireError(error), name: "InvalidExpression", stack: "" });
  }
}

/** Names are in an index, which takes no long ones, and no database keeps what follows a U+0000 for certain. */
function isUsableName(name: string, bytes: number): boolean {
  return name.length <= bytes && Buffer.byteLength(name) <= bytes && !name.includes("\0");
}

function unusableName(whose: string, bytes: number): WireError {
  const message = `${whose} name has at most ${bytes} bytes, none of which is zero: put the rest into the data`;
  return plainError(new StepfastError("invalid_request", message));
}

export function applyWaitForSignal(draft: Draft, op: Op): void {
  if (draft.step(op.id)) return;
  const step = stepOf(draft, op, "waiting");
  const due = dueAt(draft, op.opts?.timeout, limits.waitMs);
  if (typeof due !== "number") return draft.refuse(step, due);
  const name = signalWaitName(op);
  if (!isUsableName(name.slice(SIGNAL.length), limits.signalNameBytes))
    return draft.refuse(step, unusableName("A signal's", limits.signalNameBytes));
  const found = draft.context.signals.get(name);
  if (found?.holder && op.opts?.conflict !== "replace") {
    const message = `Another run waits for the signal "${name.slice(SIGNAL.length)}" already`;
    return draft.refuse(step, { name: "SignalConflict", message, code: "signal_conflict", stack: "" });
  }
  if (found) takeOverSignal(draft, found);
  draft.putStep({ ...step, dueAt: due, startedAt: draft.now });
  const wait = { kind: "signal", name, path: "", key: "", expression: null } as const;
  draft.out.newWaits.push(waitRow(draft, op, wait, due));
}

/** The older wait, if any, is left to its time-out (PROTOCOL §5.6). */
function takeOverSignal(draft: Draft, found: SignalFinding): void {
  draft.out.waitGuards.push(found.guard);
  if (!found.holder) return;
  const { runId, stepId } = found.holder;
  draft.out.waitGuards.push({ kind: "wait", runId, stepId });
  draft.out.replacedWaits.push({ runId, stepId });
}

/** Name under which a signal's wait is found. */
export function signalWaitName(op: Op): string {
  return `${SIGNAL}${op.opts?.signal ?? op.name ?? ""}`;
}

/** Characters. What a child gets is kept with its event: in the step's row, no more of it than this. */
const KEPT_PAYLOAD_LENGTH = 64 * 1024;

/** `length`: of what the child gets, as JSON. */
function keptOpts(op: Op, length: number): string {
  if (length <= KEPT_PAYLOAD_LENGTH) return JSON.stringify(op.opts ?? {});
  const data = JSON.parse(omittedValue(length)) as JsonObject;
  return JSON.stringify({ ...op.opts, payload: { ...op.opts?.payload, data } });
}

export function applyInvoke(draft: Draft, op: Op): void {
  if (draft.step(op.id)) return;
  const { opts: _, ...bare } = op;
  const step = stepOf(draft, bare, "waiting");
  const functionId = op.opts?.function_id ?? "";
  const due = dueAt(draft, op.opts?.timeout, ONE_YEAR_MS);
  if (typeof due !== "number") return draft.refuse(stepOf(draft, op, "waiting"), due);
  if (!draft.context.knowsFunction(functionId)) {
    const message = `could not find function with ID: ${functionId}`;
    const error = { name: "Error", message, code: "function_not_found", stack: "" };
    return draft.refuse(stepOf(draft, op, "waiting"), error);
  }
  const runId = draft.context.newId();
  const payload = op.opts?.payload ?? {};
  const data: JsonObject = {
    ...(isObject(payload.data) ? payload.data : {}),
    _inngest: {
      fn_id: functionId,
      correlation_id: `${draft.runId}.${op.id}`,
      source_fn_id: draft.state.fn.id,
      name: step.name,
    },
  };
  const sent = emission({ name: systemEvents.functionInvoked, data }, draft.state, draft.context);
  sent.target = {
    functionId,
    appId: draft.state.fn.appId,
    runId,
    origin: "invoke",
    parentRunId: draft.runId,
    parentStepId: op.id,
  };
  draft.out.emissions.push(sent);
  const opts = keptOpts(op, sent.row.data.length);
  draft.putStep({ ...step, opts, dueAt: due, startedAt: draft.now, childRunId: runId });
}

export function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
