import type { RemoteCall } from "@stepfast/engine";
import { rolledBackStep } from "@stepfast/protocol";
import type { LoadedRun } from "@stepfast/store";
import { isEnded, isSettled } from "./commit-check.ts";
import type { History } from "./history.ts";
import { checkNotPaused } from "./pause-check.ts";

/** What must be true when an engine calls a function over the network. */
export function checkCall(history: History, node: string, call: RemoteCall): void {
  const owner = history.ownerOf(node);
  if (!history.isInForce(owner)) return;
  const runId = call.request.ctx.run_id;
  checkNotPaused(history, node, runId, `a call for ${call.stepId}`);
  if (history.cancelled.has(runId) && rolledBackStep(call.stepId) === undefined) {
    history.journal.violate(
      "cancel-stops-steps",
      `${runId} was called after its cancellation was acknowledged`,
    );
  }
  if (history.isBeingWritten(runId)) return;
  void history.store.loadRun(runId).then((loaded) => checkAgainst(history, call, loaded, owner));
}

function checkAgainst(
  history: History,
  call: RemoteCall,
  loaded: LoadedRun | null,
  owner: string | undefined,
): void {
  const { journal } = history;
  const runId = call.request.ctx.run_id;
  if (!loaded) return journal.violate("call-belongs-to-a-run", `${runId} was called, but does not exist`);
  if (isEnded(loaded)) journal.violate("no-call-after-the-end", `${runId} was called, but has ended`);
  else if (loaded.run.owner !== owner) {
    journal.violate(
      "call-needs-the-lease",
      `${runId} was called by ${owner}, the run is ${loaded.run.owner}'s`,
    );
  }
  for (const step of loaded.steps) {
    if (!isSettled(step)) continue;
    // What undoes steps is none of the function's own steps.
    if (rolledBackStep(step.stepId) !== undefined && step.stepId !== call.stepId) continue;
    if (step.stepId === call.stepId) {
      journal.violate(
        "recorded-step-never-runs-again",
        `${step.userId} of ${runId} is ${step.status} and was asked for again`,
      );
    } else if (!(step.stepId in call.request.steps)) {
      journal.violate(
        "calls-know-what-is-recorded",
        `${step.userId} of ${runId} is ${step.status}, but the call does not say so`,
      );
    }
  }
}
