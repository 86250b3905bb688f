import { sha1Hex } from "./sha1.ts";

/** Wire id of the n-th use (0 = first) of a step id in one run (PROTOCOL §5.1). */
export function hashStepId(id: string, index = 0): string {
  return sha1Hex(index === 0 ? id : `${id}:${index}`);
}

const ROLLBACK_PREFIX = "rollback:";

/** Id of the step that undoes another. It is no hash: no step of a function's own can have it. */
export function rollbackStepId(stepId: string): string {
  return ROLLBACK_PREFIX + stepId;
}

/** The step that a rollback step undoes; undefined: it is another kind of step. */
export function rolledBackStep(stepId: string): string | undefined {
  return stepId.startsWith(ROLLBACK_PREFIX) ? stepId.slice(ROLLBACK_PREFIX.length) : undefined;
}
