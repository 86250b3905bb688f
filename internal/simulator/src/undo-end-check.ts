import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { rollbackStepId, rolledBackStep } from "@stepfast/protocol";
import type { LoadedRun, StepRow } from "@stepfast/store";
import type { History } from "./history.ts";
import { everyOp } from "./program.ts";

interface RollbackView {
  status: string;
  steps: { stepId: string; status: string }[];
}

/** How the API tells of a rollback. It is no part of the server's public surface. */
const serverRoot = dirname(createRequire(import.meta.url).resolve("@stepfast/server"));
const { rollbackView } = (await import(pathToFileURL(join(serverRoot, "views/rollback.js")).href)) as {
  rollbackView: (steps: StepRow[]) => RollbackView | undefined;
};

/** What must be true of the rollbacks of a run that has ended. */
export class UndoEndCheck {
  readonly #history: History;
  readonly #isCalm: boolean;
  /** Runs that undid what an execution did, by its number. */
  readonly #undoneBy = new Map<number, string>();

  constructor(history: History, isCalm: boolean) {
    this.#history = history;
    this.#isCalm = isCalm;
  }

  #violate(invariant: string, message: string): void {
    this.#history.journal.violate(invariant, message);
  }

  check(loaded: LoadedRun): void {
    const { run, steps } = loaded;
    const rollbacks = steps.filter((step) => step.op === "StepRollback");
    const targets = new Set(rollbacks.map(({ stepId }) => rolledBackStep(stepId)));
    for (const step of steps) {
      const expected = this.#isToBeUndone(loaded, step);
      if (expected !== targets.has(step.stepId))
        this.#violate(
          "completed-steps-are-undone",
          `${step.userId} of ${run.id} (${run.status}) is ${step.status} and was ${expected ? "not " : ""}undone`,
        );
    }
    this.#checkBegun(loaded);
    this.#checkOrder(loaded, rollbacks);
    for (const rollback of rollbacks) this.#checkOutcome(loaded, rollback);
    this.#checkTold(loaded, rollbacks);
  }

  #isToBeUndone({ run }: LoadedRun, step: StepRow): boolean {
    if (run.status === "completed" || step.op === "StepRollback") return false;
    const op = this.#history.op(step.userId);
    if (!op || !("undo" in op) || !op.undo) return false;
    if (step.status !== "completed" && !op.undo.always) return false;
    if (!this.#history.isKept(run.id, step.stepId)) return true;
    return step.opts?.includes('"rollback":true') === true;
  }

  /** What began, and is to be undone whatever became of it, is known of. */
  #checkBegun({ run, steps }: LoadedRun): void {
    if (run.status === "completed") return;
    const known = new Set(steps.map(({ userId }) => userId));
    for (const { stepId, runId } of this.#history.ledger.executions) {
      const op = this.#history.op(stepId);
      if (runId !== run.id || known.has(stepId) || !op || !("undo" in op) || !op.undo?.always) continue;
      this.#violate("completed-steps-are-undone", `${stepId} of ${runId} began, and nobody knows`);
    }
  }

  #checkOrder({ run, steps }: LoadedRun, rollbacks: StepRow[]): void {
    const byId = new Map(steps.map((step) => [step.stepId, step]));
    const inOrder = rollbacks.toSorted((a, b) => (a.settledNo ?? 0) - (b.settledNo ?? 0));
    let last = Number.POSITIVE_INFINITY;
    for (const { stepId, userId } of inOrder) {
      const undone = byId.get(rolledBackStep(stepId) ?? "");
      // Those without a result began last.
      const no = undone?.settledNo ?? 1e6 + (undone?.no ?? 0);
      if (no >= last) this.#violate("last-settled-is-undone-first", `${userId} of ${run.id} came too late`);
      last = no;
    }
  }

  #checkOutcome({ run, steps }: LoadedRun, rollback: StepRow): void {
    const { ledger } = this.#history;
    const undone = steps.find(({ stepId }) => rollbackStepId(stepId) === rollback.stepId);
    const undos = ledger.undosOf(run.id, undone?.stepId ?? "");
    const where = `${rollback.userId} of ${run.id}`;
    if (rollback.status === "completed") {
      const isTrue = undos.some(
        ({ outcome }) =>
          outcome?.kind === "returned" && JSON.stringify({ data: outcome.value }) === rollback.output,
      );
      if (!isTrue)
        this.#violate("result-is-what-ran", `${where} is ${rollback.output}, which no body returned`);
      return this.#checkUndoneOnce(where, run.id, undone);
    }
    if (rollback.status !== "failed")
      return this.#violate("every-run-ends", `${where} is ${rollback.status}`);
    const { name, message } = (
      JSON.parse(rollback.output ?? "{}") as { error: { name: string; message: string } }
    ).error;
    const threw = undos.some(({ outcome }) => outcome?.kind === "threw" && outcome.message === message);
    const isExcused = (name === "RollbackNotReached" && this.#mayWander(run.functionId)) || !this.#isCalm;
    if (!threw && !isExcused)
      this.#violate("rollbacks-fail-for-a-reason", `${where} failed: ${name}: ${message}`);
  }

  /** What one execution did is undone by one run. */
  #checkUndoneOnce(where: string, runId: string, undone: StepRow | undefined): void {
    const { data } = JSON.parse(undone?.output ?? "{}") as { data?: { execution?: number } };
    const no = data?.execution;
    if (no === undefined) return;
    const other = this.#undoneBy.get(no);
    if (other !== undefined) this.#violate("undone-once", `${where} was undone by ${other} already`);
    this.#undoneBy.set(no, runId);
  }

  /** Its code does not always come to the same steps. */
  #mayWander(functionId: string): boolean {
    const id = functionId.replace(/^(in|out)-/, "").replace(/-failure$/, "");
    const fn = this.#history.program.functions.find((candidate) => candidate.id === id);
    const ops = fn ? [...everyOp([...fn.body, ...(fn.onFailure ?? [])])] : [];
    return ops.some((op) => op.kind === "throw");
  }

  /** "Rolled back", or "incomplete". */
  #checkTold({ run, steps }: LoadedRun, rollbacks: StepRow[]): void {
    const view = rollbackView(steps);
    const isIncomplete = rollbacks.some(({ status }) => status === "failed");
    const expected = isIncomplete ? "INCOMPLETE" : "ROLLED_BACK";
    // A step that was executing may turn out to have failed: then there is nothing to undo after all.
    const isTold = rollbacks.length === 0 ? view?.status !== "INCOMPLETE" : view?.status === expected;
    if (!isTold || (view && view.steps.length !== rollbacks.length))
      this.#violate(
        "rollbacks-are-told",
        `${run.id} (${run.status}) tells ${JSON.stringify(view)}, not ${expected}`,
      );
  }
}
