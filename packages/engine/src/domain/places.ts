import type { Draft } from "./draft.ts";
import type { RunFlow } from "./flow/run-flow.ts";

/** The run was let through the gate at which it waited: it has one place more. */
export function takeSlot(draft: Draft): void {
  const { flow } = draft;
  if (!flow) return;
  changeFlow(draft, { ...flow, started: true, held: flow.held + 1 });
  draft.out.run.gate = null;
  draft.out.owed = 0;
}

/**
 * What a decision comes to at the gates: places that no call needs are given up, all of them with the run's end; a run that
 * wants nothing any more leaves the queue it is in; one that wants more asks for it.
 */
export function settlePlaces(draft: Draft): void {
  const { flow } = draft;
  if (!flow) return;
  if (draft.out.ending) return giveUpAll(draft, flow);
  draft.out.bodies = draft.bodies;
  const needed = placesNeeded(draft);
  // A cancelled run starts nothing but what undoes its steps.
  const isStopping = draft.cancelled && !draft.isUndoing;
  const wantsMore = !isStopping && (draft.wanted > 0 || needed > flow.held);
  if (draft.gate !== null && !wantsMore) withdraw(draft, flow, false);
  if (flow.lanes.length > 0 && flow.held > needed) {
    draft.out.gateWork.push(leave(draft, flow, flow.held - needed, false));
    changeFlow(draft, { ...flow, held: needed });
  }
  if (draft.gate === null) draft.out.wanted = placesWanted(draft, flow, needed);
  if (draft.state.fn.inline && flow.lanes.length > 0) draft.out.allowed = bodiesAllowed(draft);
}

function placesWanted(draft: Draft, flow: RunFlow, needed: number): number {
  if (draft.isUndoing) return draft.wanted;
  if (draft.cancelled) return 0;
  return draft.wanted + (flow.lanes.length > 0 ? Math.max(0, needed - flow.held) : 0);
}

/** A place for each call; the function in this process needs one for each step that it runs at a time. */
function placesNeeded(draft: Draft): number {
  if (!draft.state.fn.inline || !draft.isCalled("step")) return draft.runningCalls;
  return draft.bodies + draft.runningCalls - 1;
}

/** What the requests made beside it leave to the function. */
function bodiesAllowed(draft: Draft): number | null {
  if (!draft.flow) return null;
  const offloads = draft.isCalled("step") ? draft.runningCalls - 1 : draft.runningCalls;
  return Math.max(1, draft.flow.held - offloads);
}

function giveUpAll(draft: Draft, flow: RunFlow): void {
  if (draft.gate !== null) withdraw(draft, flow, true);
  const owed = draft.out.owed ?? draft.state.owed;
  const started = flow.started || owed > 0;
  if (started || flow.singleton !== null) {
    draft.out.gateWork.push(leave(draft, { ...flow, started }, flow.started ? flow.held + owed : owed, true));
  }
  draft.out.run.flow = null;
}

function withdraw(draft: Draft, flow: RunFlow, isEnded: boolean): void {
  const gate = draft.gate;
  if (gate === null) return;
  draft.out.gateWork.push({
    kind: "withdraw",
    runId: draft.runId,
    functionId: draft.state.run.functionId,
    gate,
    flow,
    isEnded,
  });
  draft.out.run.gate = null;
}

function leave(draft: Draft, flow: RunFlow, places: number, isEnded: boolean) {
  return { kind: "leave" as const, runId: draft.runId, flow, places, isEnded };
}

function changeFlow(draft: Draft, flow: RunFlow): void {
  draft.out.flow = flow;
  draft.out.run.flow = JSON.stringify(flow);
}
