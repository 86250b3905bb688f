import { asyncScope } from "../execution/async-scope.ts";

/** What holds for the steps made within a part of the code. */
export interface GroupScope {
  parallelMode?: "race" | undefined;
  /** Set when a step is made. */
  hasSteps: boolean;
  /** The scope around this one. */
  outer: GroupScope | undefined;
}

/** Absent where the runtime cannot follow code across awaits. */
export const groupScopes = asyncScope<GroupScope | undefined>();

/** Tells the groups around it that a step was made. Returns the mode that they give it. */
export function enterStep(): "race" | undefined {
  let mode: "race" | undefined;
  for (let scope = groupScopes?.getStore(); scope; scope = scope.outer) {
    scope.hasSteps = true;
    mode ??= scope.parallelMode;
  }
  return mode;
}
