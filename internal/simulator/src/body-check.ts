import type { LoadedRun } from "@stepfast/store";
import { isEnded, isSettled } from "./commit-check.ts";
import type { History } from "./history.ts";
import type { Execution } from "./ledger.ts";
import { checkNotPaused } from "./pause-check.ts";

/** What must be true when a step's body starts. `node`: the node it runs in; null: it runs behind the network. */
export function checkBodyStart(history: History, execution: Execution, node: string | null): void {
  const { runId, stepId, attempt, pass } = execution;
  history.journal.note(
    `body ${execution.no} of ${stepId} ${runId} attempt ${attempt} in ${pass.process?.name} pass ${pass.no}`,
  );
  const owner = node === null ? undefined : history.ownerOf(node);
  const isStrict = node !== null && history.isInForce(owner);
  const cancelledAt = history.cancelled.get(runId);
  checkAttempt(history, execution);
  checkTwiceInPass(history, execution);
  if (
    cancelledAt !== undefined &&
    (isStrict ||
      (node === null && bodiesSince(history, execution, cancelledAt) > stepsPerAnswer(history, execution)))
  ) {
    history.journal.violate(
      "cancel-stops-steps",
      `${stepId} of ${runId} began after its cancellation was acknowledged`,
    );
  }
  if (!isStrict) return;
  checkNotPaused(history, node, runId, stepId);
  if (history.isBeingWritten(runId)) return;
  // The store as it is now: the promise only brings it.
  void history.store.loadRun(runId).then((loaded) => checkAgainst(history, execution, loaded, owner));
}

function checkAgainst(
  history: History,
  { runId, stepId, hash }: Execution,
  loaded: LoadedRun | null,
  owner: string | undefined,
): void {
  const { journal } = history;
  if (!loaded)
    return journal.violate("body-belongs-to-a-run", `${stepId} ran for ${runId}, which does not exist`);
  if (isEnded(loaded))
    journal.violate("no-body-after-the-end", `${stepId} of ${runId} began, but the run has ended`);
  else if (loaded.run.owner !== owner) {
    journal.violate(
      "body-needs-the-lease",
      `${stepId} of ${runId} began in ${owner}, the run is ${loaded.run.owner}'s`,
    );
  }
  const step = loaded.steps.find((row) => row.stepId === hash);
  if (step && isSettled(step)) {
    journal.violate(
      "recorded-step-never-runs-again",
      `${stepId} of ${runId} is ${step.status} and began again`,
    );
  }
}

function checkAttempt(history: History, { runId, stepId, attempt, maxAttempts }: Execution): void {
  if (attempt < maxAttempts) return;
  history.journal.violate(
    "attempts-are-limited",
    `${stepId} of ${runId} began attempt ${attempt} of ${maxAttempts}`,
  );
}

function checkTwiceInPass(history: History, execution: Execution): void {
  const again = history.ledger
    .executionsOf(execution.runId, execution.hash)
    .some(
      ({ pass, attempt, no }) =>
        no !== execution.no && pass === execution.pass && attempt === execution.attempt,
    );
  if (!again) return;
  const { runId, stepId, attempt } = execution;
  history.journal.violate(
    "one-body-per-attempt-and-pass",
    `${stepId} of ${runId} began attempt ${attempt} twice in one pass`,
  );
}

/** How many steps a function behind the network may run before it asks whether to go on. */
function stepsPerAnswer(history: History, { pass }: Execution): number {
  const functionId = pass.functionId.replace(/-failure$/, "");
  const fn = history.program.functions.find(({ id }) => id === functionId);
  return Math.max(1, fn?.bufferedSteps ?? 1);
}

function bodiesSince(history: History, { pass }: Execution, since: number): number {
  return history.ledger.executions.filter((other) => other.pass === pass && other.startedAt > since).length;
}
