import {
  type CallAnswer,
  COMPLETE_OP_ID,
  isLazyOp,
  isOmitted,
  type Op,
  rolledBackStep,
  valueLength,
} from "@stepfast/protocol";
import type { MessageRow, StepRow } from "@stepfast/store";
import { applyOps, enforceLimits } from "./apply-op.ts";
import { type DecideContext, Draft } from "./draft.ts";
import { complete, endWithoutEvents, failBody } from "./ending.ts";
import { cancel, next } from "./next.ts";
import { isOffloaded, takeOffloaded } from "./offload.ts";
import type { OpSource } from "./op-source.ts";
import { settlePlaces, takeSlot } from "./places.ts";
import { isSettled, type RunningCall, type RunState } from "./run-state.ts";
import { dataJson, failAttempt } from "./step-op.ts";
import type { Transition } from "./transition.ts";
import { takeRollbackAnswer } from "./undo.ts";

/** So many answers in a row may change nothing; then the call counts as failed, and is made again later. */
const MAX_FRUITLESS_ANSWERS = 20;

/** What can happen to a run. */
export type RunInput =
  /** The run was made, or claimed: its messages are those it was loaded with. */
  | { kind: "start"; messages: MessageRow[] }
  /** A running call tells of finished steps and new waits. */
  | { kind: "report"; callId: number; ops: Op[] }
  /** A call ended. */
  | { kind: "answer"; callId: number; answer: CallAnswer }
  /** News from outside. */
  | { kind: "message"; message: MessageRow }
  /** The run's places at its function's gates have changed, see `grantPlaces`. */
  | { kind: "places" }
  /** The call under way wants to run this many step bodies at once. */
  | { kind: "bodies"; callId: number; count: number }
  /** A deadline may have come. */
  | { kind: "tick" };

/** What an input changes. Pure: the state stays as it is, and the same input decides the same. */
export function decide(state: RunState, input: RunInput, context: DecideContext): Transition {
  const draft = new Draft(state, context);
  takeIn(draft, input);
  next(draft, input.kind === "tick" || input.kind === "start");
  settlePlaces(draft);
  return draft.out;
}

function takeIn(draft: Draft, input: RunInput): void {
  switch (input.kind) {
    case "start":
      for (const message of input.messages) takeMessage(draft, message);
      if (draft.state.events.length === 0) endWithoutEvents(draft);
      return;
    case "message":
      return takeMessage(draft, input.message);
    case "report": {
      const call = draft.state.calls.get(input.callId);
      if (!call) return;
      if (contradicts(draft, input.ops)) draft.out.refused = true;
      else applyOps(draft, input.ops, sourceOf(call));
      return;
    }
    case "answer":
      return takeAnswer(draft, input.callId, input.answer);
    case "bodies":
      if (draft.state.calls.has(input.callId)) draft.bodies = Math.max(1, input.count);
      return;
    case "places":
    case "tick":
      return;
  }
}

function sourceOf(call: RunningCall): OpSource {
  return { attempt: call.attempt, startedAt: call.startedAt, noRetry: false };
}

function takeAnswer(draft: Draft, callId: number, answer: CallAnswer): void {
  const call = draft.state.calls.get(callId);
  if (!call) return;
  draft.answered(callId);
  if (rolledBackStep(call.stepId) !== undefined) return takeRollbackAnswer(draft, call, answer);
  const offloaded = draft.step(call.stepId);
  if (offloaded && isOffloaded(offloaded)) {
    takeOffloaded(draft, offloaded, call, answer);
    return enforceLimits(draft);
  }
  const isContradicted = answer.kind === "ops" && contradicts(draft, answer.ops);
  if (isContradicted) draft.out.news = true;
  else takeFunctionAnswer(draft, call, answer);
  checkProgress(draft, call, answer.kind === "ops" && !isContradicted);
}

function takeFunctionAnswer(draft: Draft, call: RunningCall, answer: CallAnswer): void {
  if (answer.version !== undefined && answer.version !== draft.state.run.requestVersion) {
    draft.out.run.requestVersion = answer.version;
  }
  if (answer.kind === "error") return takeError(draft, call, answer);
  if (answer.kind === "complete") {
    if (!isStopping(draft)) complete(draft, answer.output);
    return;
  }
  const source = { ...sourceOf(call), noRetry: answer.noRetry ?? false, retryAfter: answer.retryAfter };
  applyOps(draft, answer.ops, source);
  if (answer.ops.filter((op) => !isLazyOp(op)).length > 1) draft.out.forcePlan = true;
}

/** What brings nothing new must not be asked for again at once, and for ever. `isHeard`: the answer's ops were taken in. */
function checkProgress(draft: Draft, call: RunningCall, isHeard: boolean): void {
  if (draft.out.ending || isStopping(draft)) return;
  const step = call.stepId === "step" ? undefined : draft.step(call.stepId);
  const isDue = step?.status === "planned" || (step?.status === "retrying" && (step.dueAt ?? 0) <= draft.now);
  if (isHeard && step && isDue) return missed(draft, step, call);
  const isFruitless = draft.out.steps.size === 0 && draft.out.attempts.length === 0;
  const count = isFruitless ? draft.state.fruitlessAnswers + 1 : 0;
  draft.out.fruitlessAnswers = count % MAX_FRUITLESS_ANSWERS;
  if (count < MAX_FRUITLESS_ANSWERS) return;
  const message = `The function was called ${count} times in a row and told nothing new`;
  const error = { name: "Error", message, code: "invalid_request" };
  failBody(draft, { error, startedAt: call.startedAt, noRetry: false });
}

/** The call was for one step, and its answer says nothing of it. */
function missed(draft: Draft, step: StepRow, call: RunningCall): void {
  const message = `The function was called for the step "${step.name}", and its answer does not hold that step's result`;
  const error = { name: "Error", message, code: "invalid_request" };
  const { attempt, startedAt } = call;
  failAttempt(draft, step, { error, attempt, startedAt, final: false, known: false });
}

/**
 * A request that arrived twice ran twice, and another result of a step was recorded than the one that this pass of the
 * function went on with: what it came to says nothing of the run.
 */
function contradicts(draft: Draft, ops: Op[]): boolean {
  if (draft.state.fn.inline) return false;
  return ops.some((op) => {
    if (op.op !== "StepRun" || op.id === COMPLETE_OP_ID) return false;
    const step = draft.step(op.id);
    return step !== undefined && isSettled(step) && !isSame(step.output, dataJson(op));
  });
}

/** Of a result that is not in memory its length tells. */
function isSame(known: string | null, told: string): boolean {
  return isOmitted(known) ? valueLength(known) === told.length : known === told;
}

/** How the run ends is decided: no answer of its function changes that. */
function isStopping(draft: Draft): boolean {
  return draft.cancelled || draft.isUndoing;
}

/** The function threw, or could not be reached. */
function takeError(draft: Draft, call: RunningCall, answer: Extract<CallAnswer, { kind: "error" }>): void {
  if (isStopping(draft)) return;
  // One of two deliveries of the request got ahead of this one: what is recorded decides how to go on.
  if (answer.error.name === "StaleDispatchError") {
    draft.out.news = true;
    return;
  }
  const step = call.stepId === "step" ? undefined : draft.step(call.stepId);
  if (step && !answer.noRetry) {
    failAttempt(draft, step, {
      ...answer,
      attempt: call.attempt,
      startedAt: call.startedAt,
      final: false,
      known: false,
    });
    return;
  }
  failBody(draft, { ...answer, startedAt: call.startedAt });
}

function takeMessage(draft: Draft, message: MessageRow): void {
  draft.out.consumed.push(message.id);
  if (message.kind === "slot") return takeSlot(draft);
  // Its end is decided: nothing that happens outside changes it any more.
  if (draft.isUndoing) return;
  if (message.kind === "cancel") {
    if (message.stepId !== "") draft.out.resolvedWaits.push(message.stepId);
    cancel(draft, readReason(message.payload));
    return;
  }
  const step = draft.step(message.stepId);
  if (message.kind !== "child") draft.out.resolvedWaits.push(message.stepId);
  if (!step || isSettled(step)) return;
  const failed = message.kind === "child" && message.payload.startsWith('{"error":');
  draft.settle(step, failed ? "failed" : "completed", message.payload);
  // Who is called in another process is told by the next call.
  draft.tell(step.stepId, draft.state.fn.inline ? JSON.parse(message.payload) : null);
}

/** Why a run is cancelled, as its message says. */
export function readReason(payload: string): string {
  const { reason } = JSON.parse(payload) as { reason?: string };
  return reason ?? "cancelled";
}
