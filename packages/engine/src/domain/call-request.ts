import {
  type CallContext,
  type CallRequest,
  functionUuid,
  type InlineCall,
  type Json,
  limits,
  type PendingStep,
  rolledBackStep,
  type StepValue,
} from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";
import { editedInput } from "./edited-step.ts";
import { isOffloaded } from "./offload.ts";
import { isDefer, isRollback, isSettled, ROLLBACK_STEP_ID, type RunState } from "./run-state.ts";
import type { PlannedCall } from "./transition.ts";

export interface CallIdentity {
  requestId: string;
  env: string;
  /** Remote: whether the SDK may checkpoint. */
  checkpoint: boolean;
}

/** Body of a call to the SDK (PROTOCOL §3). */
export function callRequest(state: RunState, call: PlannedCall, identity: CallIdentity): CallRequest {
  // Over the limit, the function asks for its state: it need not be put together here.
  const usesApi = !state.fn.inline && state.stateBytes > limits.callBytes;
  const steps: Record<string, StepValue> = {};
  const defers: Record<string, { abortable: boolean }> = {};
  for (const step of state.steps.values()) {
    if (isRollback(step)) continue;
    if (isDefer(step)) defers[step.stepId] = { abortable: step.status === "scheduled" };
    else if (!isSettled(step)) addEdited(steps, step);
    else if (!usesApi) steps[step.stepId] = JSON.parse(step.output ?? "null") as Json;
  }
  const [event] = state.events;
  if (!event) throw new Error(`run ${state.run.id} has no event`);
  return {
    event,
    events: usesApi ? [] : state.events,
    steps,
    defers,
    ctx: callContext(state, call, identity, usesApi),
    version: state.run.requestVersion,
    use_api: usesApi,
  };
}

// Without a spread among the properties: that costs the engine's fastest path more than all the rest of it.
function callContext(
  state: RunState,
  call: PlannedCall,
  identity: CallIdentity,
  usesApi: boolean,
): CallContext {
  const { run, fn, forcePlan } = state;
  const stack = stackOf(state);
  const jobId = `${run.id}.${call.id}`;
  const ctx: CallContext = {
    run_id: run.id,
    env: identity.env,
    step_id: call.stepId,
    attempt: call.attempt,
    max_attempts: fn.maxAttempts,
    stack: { stack, current: stack.length },
    request_id: identity.requestId,
    generation_id: run.epoch,
    job_id: jobId,
    disable_immediate_execution: forcePlan,
    use_api: usesApi,
  };
  if (identity.checkpoint) {
    ctx.fn_id = functionUuid(fn.id);
    ctx.qi_id = jobId;
  }
  return ctx;
}

/** What the function has been told, in order. */
function stackOf({ stack, steps }: RunState): string[] {
  const isUndoing = steps.has(ROLLBACK_STEP_ID);
  return isUndoing ? stack.filter((id) => rolledBackStep(id) === undefined) : [...stack];
}

/** A step that a rerun gave other input (PROTOCOL §3.1). */
function addEdited(steps: Record<string, StepValue>, step: StepRow): void {
  const input = editedInput(step);
  if (input !== undefined) steps[step.stepId] = { type: "input", input } as unknown as StepValue;
}

/** A call within the process: the same, and what to do with each step that has no result. */
export function inlineCall(state: RunState, call: PlannedCall, requestId: string): InlineCall {
  const request = callRequest(state, call, { requestId, env: "", checkpoint: false });
  const pending: Record<string, PendingStep> = {};
  // As of the decision: what has become due since then is pushed.
  const nowMs = state.calls.get(call.id)?.startedAt ?? 0;
  if (state.openSteps > 0) {
    for (const step of state.steps.values()) {
      if (isDefer(step) || isRollback(step) || isSettled(step)) continue;
      const due = step.status === "planned" || (step.status === "retrying" && (step.dueAt ?? 0) <= nowMs);
      const state = due && !isOffloaded(step) ? "run" : "hold";
      pending[step.stepId] = { state, attempt: step.attempt };
    }
  }
  return Object.assign(request, { pending, maxAttempts: state.fn.maxAttempts });
}
