import { rollbackStepId } from "@stepfast/protocol";
import type { LoadedRun } from "@stepfast/store";
import { isEnded, isSettled } from "./commit-check.ts";
import type { History } from "./history.ts";
import type { Undo } from "./ledger.ts";
import { checkNotPaused } from "./pause-check.ts";

/** What must be true when a rollback starts. `node`: the node it runs in; null: it runs behind the network. */
export function checkUndoStart(history: History, undo: Undo, node: string | null): void {
  const { journal, ledger } = history;
  const { runId, stepId, attempt, pass, hash } = undo;
  journal.note(
    `undo ${undo.no} of ${stepId} ${runId} attempt ${attempt} in ${pass.process?.name} pass ${pass.no}`,
  );
  const again = ledger.undosOf(runId, hash).some((other) => other.no !== undo.no && other.pass === pass);
  if (again)
    journal.violate("one-body-per-attempt-and-pass", `${stepId} of ${runId} was undone twice in one pass`);
  const owner = node === null ? undefined : history.ownerOf(node);
  if (node === null || !history.isInForce(owner)) return;
  checkNotPaused(history, node, runId, `the rollback of ${stepId}`);
  // The store as it is now: the promise only brings it.
  void history.store.loadRun(runId).then((loaded) => checkAgainst(history, undo, loaded, owner));
}

function checkAgainst(
  { journal }: History,
  { runId, stepId, hash, given }: Undo,
  loaded: LoadedRun | null,
  owner: string | undefined,
): void {
  const what = `the rollback of ${stepId} of ${runId}`;
  if (!loaded) return journal.violate("body-belongs-to-a-run", `${what} began, and there is no such run`);
  if (isEnded(loaded)) journal.violate("no-body-after-the-end", `${what} began, but the run has ended`);
  else if (loaded.run.owner !== owner)
    journal.violate("body-needs-the-lease", `${what} began in ${owner}, the run is ${loaded.run.owner}'s`);
  const known = new Map(loaded.steps.map((step) => [step.stepId, step]));
  const undone = known.get(hash);
  const isTrue = given === undefined ? undone : JSON.stringify({ data: given }) === undone?.output;
  if (!isTrue || (given !== undefined) !== (undone?.status === "completed"))
    journal.violate(
      "completed-steps-are-undone",
      `${what} was given ${JSON.stringify(given)} of ${undone?.output}`,
    );
  const rollback = known.get(rollbackStepId(hash));
  if (rollback && isSettled(rollback))
    journal.violate("recorded-step-never-runs-again", `${what} is ${rollback.status} and began again`);
  for (const step of loaded.steps) {
    const other = known.get(rollbackStepId(step.stepId));
    if (step.op === "StepRollback" || other === rollback || !other || isSettled(other)) continue;
    journal.violate("last-settled-is-undone-first", `${what} began while ${step.userId} is being undone`);
  }
}
