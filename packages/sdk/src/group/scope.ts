import { asyncScope } from "../execution/async-scope.ts";

/** A variant of an experiment, as the steps within it tell of it (PROTOCOL §5.4). */
export interface VariantOptions {
  experimentStepID: string;
  experimentName: string;
  variant: string;
  selectionStrategy: string;
}

/** What groups give to the steps within them. */
interface GroupOptions {
  parallelMode?: "race" | undefined;
  variant?: VariantOptions | undefined;
}

/** What holds for the steps made within a part of the code. */
export interface GroupScope extends GroupOptions {
  /** Set when a step is made. */
  hasSteps: boolean;
  /** The scope around this one. */
  outer: GroupScope | undefined;
}

/** Absent where the runtime cannot follow code across awaits. */
export const groupScopes = asyncScope<GroupScope | undefined>();

const NOTHING: GroupOptions = Object.freeze({});

/** Tells the groups around it that a step was made. Returns what they give it, the innermost first. */
export function enterStep(): GroupOptions {
  let scope = groupScopes?.getStore();
  if (!scope) return NOTHING;
  const given: GroupOptions = {};
  for (; scope; scope = scope.outer) {
    scope.hasSteps = true;
    given.parallelMode ??= scope.parallelMode;
    given.variant ??= scope.variant;
  }
  return given;
}
