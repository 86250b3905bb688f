import type { Json, WireError } from "@stepfast/protocol";
import { startDefers } from "./defer.ts";
import type { Draft } from "./draft.ts";
import { beginRollback } from "./rollback.ts";
import { endAnnouncement, failureEmissions } from "./system-event.ts";
import type { Ending } from "./transition.ts";

/** Ends the run, or first undoes its steps. */
function end(draft: Draft, ending: Ending): void {
  if (draft.out.ending || draft.isUndoing || beginRollback(draft, ending)) return;
  finish(draft, ending);
}

/** The end itself: status, output, system events, parent, defers, all in the one transition. */
export function finish(draft: Draft, ending: Ending): void {
  const { run } = draft.state;
  draft.out.ending = ending;
  const patch = draft.out.run;
  patch.status = ending.status;
  const output = JSON.stringify(ending.error ?? ending.output);
  patch.output = output;
  patch.startedAt = run.startedAt ?? draft.now;
  patch.endedAt = draft.now;
  patch.retryAt = null;
  patch.wakeAt = null;
  patch.owner = null;
  patch.blocked = null;
  draft.out.announcement = endAnnouncement(draft.state, ending, draft.context);
  draft.out.emissions.push(...failureEmissions(draft, ending));
  startDefers(draft, ending);
  if (run.origin === "invoke" && run.parentRunId !== null && run.parentStepId !== null) {
    draft.out.messages.push({
      id: draft.context.newId(),
      runId: run.parentRunId,
      kind: "child",
      stepId: run.parentStepId,
      // What the step gets; put together, not made into a text once more: it may be large.
      payload: ending.error ? `{"error":${output}}` : `{"data":${output}}`,
      createdAt: draft.now,
    });
  }
}

/** What started the run is gone, by whatever damage: it can never be called again, not even to undo something. */
export function endWithoutEvents(draft: Draft): void {
  const message = "The event that started the run is not there any more: it cannot go on";
  const error = { name: "Error", message, code: "event_not_found" };
  finish(draft, { status: "failed", output: null, error });
}

export function complete(draft: Draft, output: Json): void {
  end(draft, { status: "completed", output, error: null });
}

export function fail(draft: Draft, error: WireError): void {
  end(draft, { status: "failed", output: null, error });
}

/** Ends the run as cancelled; steps without a result stay without one. */
export function endCancelled(draft: Draft): void {
  const message = "function cancelled";
  end(draft, { status: "cancelled", output: null, error: { name: "Error", message, stack: "" } });
}

/** A failure of the function's own code: another attempt if any is left. */
export function failBody(
  draft: Draft,
  failure: {
    error: WireError;
    startedAt: number;
    noRetry: boolean;
    retryAfter?: string | undefined;
    retryAtOnce?: boolean | undefined;
  },
): void {
  const attempt = draft.bodyAttempt;
  draft.recordAttempt({ stepId: "", attempt, startedAt: failure.startedAt, error: failure.error });
  if (failure.noRetry || attempt + 1 >= draft.state.fn.maxAttempts) {
    fail(draft, failure.error);
    return;
  }
  draft.out.run.attempt = attempt + 1;
  draft.out.run.retryAt = draft.retryDueAt(attempt, failure);
  draft.out.news = true;
}
