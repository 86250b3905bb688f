import { type Json, StepfastError } from "@stepfast/protocol";

/** Units of work one evaluation may spend; one is worth at most about 100 ns. */
export const FUEL = 100_000;

/** What one evaluation sees and may still spend. */
export interface Frame {
  readonly event: Json;
  readonly async: Json;
  /** Variables of the macros that are running, outermost first. */
  readonly locals: Json[];
  fuel: number;
}

/** A compiled piece of an expression. */
export type Evaluate = (frame: Frame) => Json;

/** Takes `units` from what the evaluation may spend. Throws `expression_budget` when nothing is left. */
export function spend(frame: Frame, units: number): void {
  frame.fuel -= units;
  if (frame.fuel < 0) throw outOfBudget();
}

export function outOfBudget(): StepfastError {
  return new StepfastError(
    "expression_budget",
    "the expression costs too much on this event: compare single fields, or make the lists and texts it goes through shorter",
  );
}

/** The error of an evaluation that cannot go on. `problem` says why, and what to write instead. */
export function evaluationError(problem: string): StepfastError {
  return new StepfastError("invalid_expression", problem);
}
