import { rollbackStepId } from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";
import type { Draft } from "./draft.ts";
import { byResult, ROLLBACK_OP, ROLLBACK_STEP_ID, STEP_ROLLBACK_OP } from "./run-state.ts";
import type { Ending } from "./transition.ts";

/** Whether the function has said how to undo the step. */
export function hasRollback(step: Pick<StepRow, "opts">): boolean {
  if (!step.opts?.includes('"rollback":true')) return false;
  return (JSON.parse(step.opts) as { rollback?: unknown }).rollback === true;
}

/**
 * Whether the step is undone when its run fails or is cancelled: it completed, or it may have begun and is to be undone whatever
 * became of it.
 */
export function isUndoable(step: Pick<StepRow, "status" | "opts">): boolean {
  if (!hasRollback(step)) return false;
  return step.status === "completed" || step.opts?.includes('"rollbackAlways":true') === true;
}

/** Whether a run's end would have to wait for steps to be undone. */
export function wantsRollback(steps: StepRow[]): boolean {
  return steps.some(isUndoable);
}

/**
 * Holds the end of a run back until its steps are undone: the end is recorded, nothing else of the run goes on, and its
 * waits are closed. False: there is nothing to undo.
 */
export function beginRollback(draft: Draft, ending: Ending): boolean {
  if (ending.status === "completed" || !mayHaveToUndo(draft)) return false;
  draft.putStep({
    ...emptyRow(draft),
    stepId: ROLLBACK_STEP_ID,
    op: ROLLBACK_OP,
    name: "Rollback",
    userId: "rollback",
    status: "started",
    opts: JSON.stringify(ending),
    startedAt: draft.now,
  });
  const patch = draft.out.run;
  patch.status = "running";
  patch.startedAt = draft.state.run.startedAt ?? draft.now;
  patch.retryAt = null;
  patch.finishBy = null;
  draft.out.closesWaits = true;
  draft.out.park = null;
  delete patch.owner;
  delete patch.wakeAt;
  delete patch.blocked;
  return true;
}

/** A step that executes right now completes, and is then undone with the others. */
function mayHaveToUndo(draft: Draft): boolean {
  for (const step of draft.allSteps()) {
    if (isUndoable(step) || (draft.isCalled(step.stepId) && hasRollback(step))) return true;
  }
  return false;
}

/** The step that undoes another, ready to be called. */
export function planRollback(draft: Draft, step: StepRow): StepRow {
  const row: StepRow = {
    ...emptyRow(draft),
    stepId: rollbackStepId(step.stepId),
    op: STEP_ROLLBACK_OP,
    name: `${step.name} rollback`,
    userId: `${step.userId} rollback`,
    status: "planned",
  };
  draft.putStep(row);
  return row;
}

function emptyRow(draft: Draft) {
  return {
    runId: draft.runId,
    no: draft.nextNo,
    attempt: 0,
    dueAt: null,
    opts: null,
    output: null,
    settledNo: null,
    queuedAt: draft.now,
    startedAt: null,
    endedAt: null,
    childRunId: null,
  };
}

/** The steps of a run that are to be undone, in that order: those without a result began last. */
export function* toUndo(draft: Draft): Generator<StepRow> {
  const open = [...draft.allSteps()].filter((step) => step.settledNo === null && isUndoable(step));
  open.sort((a, b) => b.no - a.no);
  yield* open;
  for (const step of lastSettledFirst(draft)) if (isUndoable(step)) yield step;
}

/** The steps of a run that have a result, the last settled first. */
export function* lastSettledFirst({ state, out }: Draft): Generator<StepRow> {
  const fresh = [...out.steps.values()].filter((step) => (step.settledNo ?? -1) >= state.nextSettledNo);
  fresh.sort((a, b) => byResult(b, a));
  yield* fresh;
  for (let i = state.stack.length - 1; i >= 0; i--) {
    const step = state.steps.get(state.stack[i] ?? "");
    if (step) yield step;
  }
}
