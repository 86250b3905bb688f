import type { CallAnswer, Op } from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";
import type { Draft } from "./draft.ts";
import { isSettled, type RunningCall } from "./run-state.ts";
import { warnOfOutput } from "./size-warnings.ts";
import { failAttempt, stepOf, tooLarge } from "./step-op.ts";

/** Whether the step is a request that the engine's side makes (PROTOCOL §5.2: `AIGateway`, `Gateway`). */
export function isOffloaded(step: StepRow): boolean {
  return step.op === "AIGateway" || step.op === "Gateway";
}

export function applyOffload(draft: Draft, op: Op): void {
  if (!draft.step(op.id)) draft.putStep(stepOf(draft, op, "planned"));
}

/** Makes the requests that are due. One whose node died is still planned: it is made again. */
export function nextOffloads(draft: Draft): void {
  if (draft.openSteps === draft.waitingSteps) return;
  for (const step of draft.allSteps()) {
    if (!isOffloaded(step) || isSettled(step) || draft.isCalled(step.stepId)) continue;
    const isDue = step.status === "planned" || (step.dueAt ?? 0) <= draft.now;
    if (isDue) draft.call(step.stepId, step.attempt);
  }
}

/** What came of a request: the step's result, or a failed attempt. */
export function takeOffloaded(draft: Draft, step: StepRow, call: RunningCall, answer: CallAnswer): void {
  // No answer at all: the run is being cancelled.
  if (isSettled(step) || answer.kind === "ops") return;
  const { attempt, startedAt } = call;
  if (answer.kind === "error") {
    const { error, noRetry: final, retryAfter } = answer;
    return failAttempt(draft, step, { error, attempt, startedAt, final, known: false, retryAfter });
  }
  const row = { ...step, attempt, startedAt };
  const output = JSON.stringify({ data: answer.output });
  if (output.length > draft.sizes.stepOutputBytes) {
    draft.refuse(row, tooLarge("output_too_large", "An answer", draft.sizes.stepOutputBytes));
    return;
  }
  warnOfOutput(draft, step.stepId, output.length);
  draft.settle(row, "completed", output);
  draft.tell(step.stepId, { data: answer.output });
}
