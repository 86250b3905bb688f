import type { CallAnswer } from "@stepfast/protocol";
import type { FoundStep } from "../found-step.ts";

const MAX_LISTED = 25;

/** The answer where the requested step was not reached (PROTOCOL §4): the code may have changed. */
export function stepNotFound(
  requestedStep: string,
  found: readonly FoundStep[],
  version: number,
): CallAnswer {
  const foundSteps = found
    .slice(0, MAX_LISTED)
    .map(({ id, plan, displayName }) => ({ id, name: plan.name ?? displayName, displayName }));
  const message = `The function did not reach the requested step ${requestedStep}: was it renamed, or is the code before it not deterministic?`;
  const data = { requestedStep, foundSteps, totalFoundSteps: found.length };
  return { kind: "error", error: { name: "StepNotFound", message, data }, noRetry: false, version };
}
