import { StepfastError } from "@stepfast/protocol";
import type { Rollback, RollbackHandler, StepPlan } from "../execution/found-step.ts";
import type { RollbackOptions, StepPromise, UndoableStepPromise } from "./promise.ts";

/** Gives a step's promise the method that says how the step is undone. */
export function undoable(
  stepId: string,
  plan: StepPlan,
  find: (plan: StepPlan) => StepPromise<unknown>,
): UndoableStepPromise<unknown> {
  const rollback: Rollback = { handler: undefined, isAlways: false, isTold: false };
  plan.rollback = rollback;
  const promise = find(plan);
  const register = (handler: RollbackHandler, { always = false }: RollbackOptions = {}) => {
    check(stepId, rollback, handler);
    rollback.handler = handler;
    rollback.isAlways = always;
    return promise;
  };
  return Object.assign(promise, { rollback: register });
}

function check(stepId: string, rollback: Rollback, handler: unknown): void {
  const problem = problemOf(rollback, handler);
  if (problem) throw new StepfastError("invalid_request", `Step "${stepId}": ${problem}`);
}

function problemOf(rollback: Rollback, handler: unknown): string | undefined {
  if (typeof handler !== "function") return "rollback needs a function, which gets the step's output";
  if (rollback.handler) return "it has a rollback already: do all there is to undo in one";
  if (rollback.isTold)
    return "rollback came too late: call it right after the step, as step.run(…).rollback(…)";
  return undefined;
}
