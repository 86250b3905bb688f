import type { StepRow } from "@stepfast/store";
import type { GrantedPlaces } from "./flow/gate-work.ts";
import { byResult, countStep, inMemory, type RunState } from "./run-state.ts";
import type { Transition } from "./transition.ts";

/** Makes a transition part of the state. `nowMs` is when it was decided. */
export function applyTransition(state: RunState, transition: Transition, nowMs: number): void {
  let settled: StepRow[] | null = null;
  for (const step of transition.steps.values()) {
    const before = state.steps.get(step.stepId);
    if (before) countStep(state, before, -1);
    if (step.settledNo !== null && (before === undefined || before.settledNo === null)) {
      settled ??= [];
      settled.push(step);
    }
    const kept = inMemory(step, state.fn);
    state.steps.set(step.stepId, kept);
    countStep(state, kept, 1);
  }
  if (settled) stackUp(state, settled);
  Object.assign(state.run, transition.run);
  for (const wait of transition.newWaits) state.waits.add(wait.stepId);
  for (const stepId of transition.closedWaits) state.waits.delete(stepId);
  for (const stepId of transition.resolvedWaits) state.waits.delete(stepId);
  if (transition.closesWaits) state.waits.clear();
  if (transition.newWaits.length > 0 || transition.consumed.length > 0) state.entangled = true;
  for (const id of transition.answered) state.calls.delete(id);
  for (const { id, stepId, attempt } of transition.calls) {
    state.calls.set(id, { id, stepId, attempt, startedAt: nowMs });
    state.nextCallId = Math.max(state.nextCallId, id + 1);
  }
  if (state.flow !== null) {
    const isCalled = transition.calls.some(({ stepId }) => stepId === "step");
    state.bodies = isCalled ? 1 : transition.bodies;
  }
  if (transition.flow !== null) state.flow = transition.flow;
  if (transition.owed !== null) state.owed = transition.owed;
  if (transition.news !== null) state.news = transition.news;
  for (const { content } of transition.metadata) state.metadataBytes += content.length;
  if (transition.steps.size > 0) state.fruitlessAnswers = 0;
  if (transition.fruitlessAnswers !== null) state.fruitlessAnswers = transition.fruitlessAnswers;
  if (transition.forcePlan !== null) state.forcePlan = transition.forcePlan;
}

/** Steps of one transition need not be in the order of their results. */
function stackUp(state: RunState, settled: StepRow[]): void {
  if (settled.length > 1) settled.sort(byResult);
  for (const step of settled) state.stack.push(step.stepId);
  state.nextSettledNo = Math.max(state.nextSettledNo, (settled.at(-1)?.settledNo ?? -1) + 1);
}

/** Makes the answer to what a run asked for part of its state: it is stored already. */
export function grantPlaces(state: RunState, { places, gate }: GrantedPlaces): void {
  state.run.gate = gate;
  if (!state.flow || places === 0) return;
  state.flow = { ...state.flow, started: true, held: state.flow.held + places };
  state.run.flow = JSON.stringify(state.flow);
}
