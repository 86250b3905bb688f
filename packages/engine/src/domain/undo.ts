import { type CallAnswer, type Op, rollbackStepId, type WireError } from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";
import type { Draft } from "./draft.ts";
import { finish } from "./ending.ts";
import type { OpSource } from "./op-source.ts";
import { PAUSED } from "./pause.ts";
import { planRollback, toUndo } from "./rollback.ts";
import { isSettled, ROLLBACK_OP, ROLLBACK_STEP_ID, type RunningCall, STEP_ROLLBACK_OP } from "./run-state.ts";
import { dataJson, failAttempt } from "./step-op.ts";
import type { Ending } from "./transition.ts";

/** What comes next of a run whose end waits for its steps to be undone: one rollback at a time, then the end. */
export function nextRollback(draft: Draft): void {
  if (draft.out.ending) return;
  if (draft.runningCalls > 0) return letExecutingFinish(draft);
  const step = openRollback(draft);
  if (!step) return endUndone(draft);
  const isDue = step.status === "planned" || (step.dueAt ?? 0) <= draft.now;
  if (isDue && draft.call(step.stepId, step.attempt)) return;
  // It asks for a place first, and stays if it gets one.
  if (draft.wanted > 0 && draft.gate === null) return;
  park(draft, isDue ? null : step.dueAt);
}

/** Calls other than those of rollbacks start nothing new; what executes in them is recorded, and undone with the rest. */
function letExecutingFinish(draft: Draft): void {
  for (const call of draft.state.calls.values()) {
    if (draft.step(call.stepId)?.op !== STEP_ROLLBACK_OP) draft.out.cancelCalls = true;
  }
}

/** The rollback that is under way or comes next. */
function openRollback(draft: Draft): StepRow | undefined {
  for (const step of toUndo(draft)) {
    const rollback = draft.step(rollbackStepId(step.stepId)) ?? planRollback(draft, step);
    if (!isSettled(rollback)) return rollback;
  }
  return undefined;
}

function park(draft: Draft, wakeAt: number | null): void {
  draft.out.park = { wakeAt };
  draft.out.run.wakeAt = wakeAt;
  draft.out.run.owner = null;
  draft.out.run.blocked = draft.heldBack ? PAUSED : draft.wanted > 0 ? "gate" : "waiting";
}

/** All is undone that could be: the end that was held back. */
function endUndone(draft: Draft): void {
  const row = draft.step(ROLLBACK_STEP_ID);
  if (row?.op !== ROLLBACK_OP) return;
  const error = incompleteness(draft);
  const output = error ? { error } : { data: null };
  const status = error ? "failed" : "completed";
  draft.putStep({ ...row, status, output: JSON.stringify(output), endedAt: draft.now });
  finish(draft, JSON.parse(row.opts ?? "null") as Ending);
}

/** What could not be undone, and why; null: nothing. */
function incompleteness(draft: Draft): WireError | null {
  const failures: string[] = [];
  for (const step of draft.allSteps()) {
    if (step.op !== STEP_ROLLBACK_OP || step.status !== "failed") continue;
    const { error } = JSON.parse(step.output ?? "{}") as { error?: WireError };
    failures.push(`"${step.name}": ${error?.message ?? "failed"}`);
  }
  if (failures.length === 0) return null;
  return { name: "RollbackIncomplete", message: `Not undone: ${failures.join("; ")}`, stack: "" };
}

/** A call for a rollback was answered. */
export function takeRollbackAnswer(draft: Draft, call: RunningCall, answer: CallAnswer): void {
  const step = draft.step(call.stepId);
  if (!step || isSettled(step)) return;
  // One of two deliveries of the request got ahead of this one: what is recorded decides how to go on.
  if (answer.kind === "error" && answer.error.name === "StaleDispatchError") return;
  const op = answer.kind === "ops" ? answer.ops.find(({ id }) => id === call.stepId) : undefined;
  if (answer.kind === "ops" && op) {
    const { noRetry = false, retryAfter } = answer;
    applyRollbackOp(draft, op, { attempt: call.attempt, startedAt: call.startedAt, noRetry, retryAfter });
    return;
  }
  const isError = answer.kind === "error";
  failAttempt(draft, step, {
    error: isError ? answer.error : NOT_DONE,
    attempt: call.attempt,
    startedAt: call.startedAt,
    final: isError && answer.noRetry,
    known: true,
    retryAfter: isError ? answer.retryAfter : undefined,
  });
}

const NOT_DONE: WireError = {
  name: "Error",
  message: "The function was asked to undo the step, and answered something else",
  stack: "",
};

/** What a rollback came to. */
export function applyRollbackOp(draft: Draft, op: Op, source: OpSource): void {
  const step = draft.step(op.id);
  if (step?.op !== STEP_ROLLBACK_OP || isSettled(step)) return;
  const attempt = op.attempt ?? source.attempt;
  const startedAt = op.timing ? Math.floor(op.timing.a / 1e6) : source.startedAt;
  if (op.op === "StepRun") {
    const output = dataJson(op);
    // Nobody reads it but people: one that is too large is no reason to call the rollback a failure.
    const kept = output.length > draft.sizes.stepOutputBytes ? '{"data":null}' : output;
    draft.settle({ ...step, attempt, startedAt }, "completed", kept);
    return;
  }
  failAttempt(draft, step, {
    error: op.error ?? { name: "Error", message: "The rollback failed without an error" },
    attempt,
    startedAt,
    final: op.op === "StepFailed" || source.noRetry,
    known: true,
    retryAfter: op.retryAfter ?? source.retryAfter,
  });
}
