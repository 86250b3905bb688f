import type { StepRow } from "@stepfast/store";
import type { Draft } from "./draft.ts";
import { editedInput } from "./edited-step.ts";
import { endCancelled, fail } from "./ending.ts";
import { isOffloaded, nextOffloads } from "./offload.ts";
import { PAUSED } from "./pause.ts";
import { isDefer, isSettled } from "./run-state.ts";
import { nextRollback } from "./undo.ts";

/**
 * What happens after the input was taken in: deadlines, calls, or parking. `deadlines`: time may have passed, so look
 * at what is due; other inputs leave that to the tick that comes for it.
 */
export function next(draft: Draft, deadlines: boolean): void {
  draft.wanted = 0;
  if (!draft.isUndoing) goOn(draft, deadlines);
  if (draft.isUndoing) nextRollback(draft);
}

function goOn(draft: Draft, deadlines: boolean): void {
  if (draft.out.ending) return;
  if (draft.cancelled) return nextCancelled(draft);
  if (isOverdue(draft)) {
    cancel(draft, "timeout");
    return nextCancelled(draft);
  }
  if (deadlines) settleDue(draft);
  if (draft.retryAt !== null && draft.retryAt > draft.now) return parkIfIdle(draft);
  nextOffloads(draft);
  if (draft.state.fn.inline) nextInline(draft, deadlines);
  else nextRemote(draft);
  if (draft.retryAt !== null && draft.out.calls.length > 0) draft.out.run.retryAt = null;
  markRunning(draft);
  parkIfIdle(draft);
}

/**
 * Asks for cancellation: nothing new starts; the run ends when no call runs any more. Not at once: what else the input brings
 * is part of what the run had done. But it waits for nothing any more: whoever sent it a signal would be told that it was heard.
 */
export function cancel(draft: Draft, reason: string): void {
  if (draft.cancelled) return;
  draft.out.run.cancel = JSON.stringify({ at: draft.now, reason });
  draft.out.closesWaits = true;
}

function nextCancelled(draft: Draft): void {
  draft.out.cancelCalls = draft.runningCalls > 0;
  if (draft.runningCalls === 0) endCancelled(draft);
}

function isOverdue(draft: Draft): boolean {
  const { run } = draft.state;
  if (run.finishBy !== null && run.finishBy <= draft.now) return true;
  return run.startedAt === null && run.startBy !== null && run.startBy <= draft.now;
}

function markRunning(draft: Draft): void {
  const { run } = draft.state;
  if (run.startedAt !== null || draft.out.calls.length === 0) return;
  draft.out.run.status = "running";
  draft.out.run.startedAt = draft.now;
  if (draft.state.fn.finishMs !== null) draft.out.run.finishBy = draft.now + draft.state.fn.finishMs;
}

/** Sleeps that are over and waits that timed out get their result. */
function settleDue(draft: Draft): void {
  if (draft.waitingSteps === 0) return;
  for (const step of [...draft.allSteps()]) {
    if (step.status === "waiting" && step.dueAt !== null && step.dueAt <= draft.now)
      settleTimeout(draft, step);
  }
}

function settleTimeout(draft: Draft, step: StepRow): void {
  if (step.op === "InvokeFunction") {
    const error = {
      name: "InngestInvokeTimeoutError",
      message: "The invoked function did not finish within the step's timeout",
      stack: "",
    };
    draft.refuse(step, error);
    return;
  }
  if (step.op !== "Sleep") closeWait(draft, step.stepId);
  draft.settle(step, "completed", "null");
  draft.tell(step.stepId, null);
}

function closeWait(draft: Draft, stepId: string): void {
  const opened = draft.out.newWaits.findIndex((wait) => wait.stepId === stepId);
  if (opened >= 0) draft.out.newWaits.splice(opened, 1);
  else if (draft.state.waits.has(stepId)) draft.out.closedWaits.push(stepId);
}

function isRunnable(draft: Draft, step: StepRow): boolean {
  if (step.status === "planned") return true;
  return step.status === "retrying" && step.dueAt !== null && step.dueAt <= draft.now;
}

/** One call does it all: it runs what it finds, and gets told of what settles beside it. */
function nextInline(draft: Draft, deadlines: boolean): void {
  if (draft.isCalled("step")) {
    if (deadlines && draft.openSteps > draft.waitingSteps) pushRetries(draft);
    return;
  }
  const due = draft.openSteps > draft.waitingSteps ? runnableSteps(draft) : [];
  const runnable = due.filter((step) => !wasOffered(draft, step));
  if (!draft.news && runnable.length === 0) return;
  const [only] = runnable;
  const stepAttempt = only && runnable.length === 1 ? only.attempt : 0;
  if (draft.call("step", Math.max(draft.bodyAttempt, stepAttempt))) draft.out.news = false;
  else draft.out.news = true;
}

function runnableSteps(draft: Draft): StepRow[] {
  return [...draft.allSteps()].filter((step) => isRunnable(draft, step) && !isOffloaded(step));
}

/** The call that was answered now knew that the step was due: the function does not come to it, as things are. */
function wasOffered({ answeredSince }: Draft, step: StepRow): boolean {
  return answeredSince !== null && (step.dueAt ?? answeredSince) <= answeredSince;
}

/** What was due when the call began is running in it already. */
function pushRetries(draft: Draft): void {
  const call = [...draft.state.calls.values()].find((running) => running.stepId === "step");
  if (!call) return;
  for (const step of runnableSteps(draft)) {
    if (step.status !== "retrying" || (step.dueAt ?? 0) <= call.startedAt) continue;
    draft.putStep({ ...step, status: "planned" });
    draft.out.pushes.push({ callId: call.id, stepId: step.stepId, kind: "retry", attempt: step.attempt });
  }
}

/** A request a planned step; a discovery when none is left and something is new (PROTOCOL §5.4). */
function nextRemote(draft: Draft): void {
  const sole = draft.openSteps === 1 && !draft.forcePlan;
  const called = draft.openSteps > 1 ? draft.calledSteps() : undefined;
  let local = 0;
  let isEdited = false;
  for (const step of draft.openSteps > draft.waitingSteps ? [...draft.allSteps()] : []) {
    if (isDefer(step) || isSettled(step) || step.status === "waiting") continue;
    local++;
    if (isOffloaded(step)) continue;
    const edited = editedInput(step) !== undefined;
    isEdited ||= edited;
    const isCalled = called?.has(step.stepId) ?? draft.isCalled(step.stepId);
    if (!isRunnable(draft, step) || isCalled) continue;
    if (sole && step.status === "retrying" && !edited) {
      if (!draft.isCalled("step")) draft.call("step", step.attempt);
    } else {
      draft.call(step.stepId, step.attempt);
    }
  }
  // Asked what comes next, an SDK may take input for a result: PROTOCOL §3.1 is heeded where the step itself is called.
  if (!draft.news || isEdited || draft.isCalled("step")) return;
  if (local > 0 && !wantsEarlyDiscovery(draft)) return;
  if (draft.waitingSteps > 0 && isCoalesced(draft) && !wantsEarlyDiscovery(draft)) return;
  if (!draft.call("step", draft.bodyAttempt)) return;
  draft.out.news = false;
  draft.out.forcePlan = draft.openSteps > 0;
}

/** Execution version 1, and steps in race mode: what has settled is told at once. */
function wantsEarlyDiscovery(draft: Draft): boolean {
  const version = draft.out.run.requestVersion ?? draft.state.run.requestVersion;
  if (version === 1) return true;
  for (const step of draft.allSteps()) {
    if (isSettled(step) && step.opts?.includes('"parallelMode":"race"')) return true;
  }
  return false;
}

/** Execution version 2: a group of parallel steps is told of when all of it has settled. */
function isCoalesced(draft: Draft): boolean {
  return draft.state.run.startedAt !== null && draft.forcePlan;
}

function parkIfIdle(draft: Draft): void {
  if (draft.runningCalls > 0 || draft.out.ending || draft.isUndoing) return;
  // It asks for a place first, and stays if it gets one.
  if (draft.wanted > 0 && draft.gate === null) return;
  const wakeAt = earliestDeadline(draft);
  // Due by now (an empty time-out, a delay of nothing): taken in at once, not by way of the store.
  if (wakeAt !== null && wakeAt <= draft.now && !draft.dueTaken) {
    draft.dueTaken = true;
    return goOn(draft, true);
  }
  draft.out.park = { wakeAt };
  draft.out.run.wakeAt = wakeAt;
  draft.out.run.owner = null;
  draft.out.run.blocked = draft.heldBack ? PAUSED : draft.wanted > 0 ? "gate" : "waiting";
  if (draft.openSteps === 0 && draft.retryAt === null && draft.wanted === 0 && !draft.heldBack) {
    fail(draft, {
      name: "Error",
      message: "The function stopped without a result and without waiting for anything",
      code: "internal",
    });
    draft.out.park = null;
  }
}

/** An attempt of the function that is due waits for the steps beside it, for a place, or for the function to be resumed. */
function isAttemptHeldUp(draft: Draft): boolean {
  if (draft.retryAt === null || draft.retryAt > draft.now) return false;
  return draft.openSteps > 0 || draft.wanted > 0 || draft.heldBack;
}

/** The next time at which the run has something to do by itself. */
export function earliestDeadline(draft: Draft): number | null {
  const { run } = draft.state;
  let earliest = Number.POSITIVE_INFINITY;
  if (draft.openSteps > 0) {
    for (const step of draft.allSteps()) {
      if (isSettled(step) || step.dueAt === null) continue;
      // A retry that is due is the function's to make: it rests, or does not come to it.
      if (step.status === "waiting" || step.dueAt > draft.now) earliest = Math.min(earliest, step.dueAt);
    }
  }
  if (draft.retryAt !== null && !isAttemptHeldUp(draft)) earliest = Math.min(earliest, draft.retryAt);
  const finishBy = draft.out.run.finishBy ?? run.finishBy;
  if (finishBy !== null) earliest = Math.min(earliest, finishBy);
  if (run.startedAt === null && run.startBy !== null) earliest = Math.min(earliest, run.startBy);
  return Number.isFinite(earliest) ? earliest : null;
}
