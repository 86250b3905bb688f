import type { ChangeSet, Guard } from "@stepfast/store";
import type { RunState } from "./run-state.ts";
import type { Transition } from "./transition.ts";

/** The rows of a transition, but for what its emissions add. */
export function transitionRows(state: RunState, transition: Transition): ChangeSet {
  const { run } = state;
  const guards: Guard[] = [{ kind: "lease", runId: run.id, owner: run.owner ?? "", epoch: run.epoch }];
  for (const stepId of transition.closedWaits) guards.push({ kind: "wait", runId: run.id, stepId });
  guards.push(...transition.waitGuards);
  const changes: ChangeSet = { guards };
  if (transition.steps.size > 0) changes.steps = [...transition.steps.values()];
  if (transition.attempts.length > 0) changes.attempts = transition.attempts;
  if (transition.metadata.length > 0) changes.metadata = transition.metadata;
  if (transition.messages.length > 0) changes.messages = transition.messages;
  if (transition.consumed.length > 0) {
    changes.consumed = transition.consumed.map((id) => ({ runId: run.id, id }));
  }
  if (transition.ending || transition.closesWaits) {
    if (state.entangled || state.waits.size > 0) {
      changes.endedWaits = [run.id];
      if (transition.ending) changes.endedMessages = [run.id];
    }
  } else {
    if (transition.newWaits.length > 0) changes.newWaits = transition.newWaits;
    const closed = transition.closedWaits.map((stepId) => ({ runId: run.id, stepId }));
    closed.push(...transition.replacedWaits);
    if (closed.length > 0) changes.closedWaits = closed;
  }
  if (Object.keys(transition.run).length > 0) changes.runs = [{ id: run.id, ...transition.run }];
  return changes;
}
