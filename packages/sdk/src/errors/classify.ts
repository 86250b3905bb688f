import { StepfastError } from "@stepfast/protocol";
import { isStepError } from "./step-error.ts";

// Names count as well as classes: an application may hold two copies of this package.
const FINAL_NAMES = new Set(["NonRetriableError", "EventValidationError", "StaleDispatchError"]);

function isErrorNamed(thrown: unknown, names: Set<string>): boolean {
  return (
    typeof thrown === "object" && thrown !== null && names.has(String((thrown as { name?: unknown }).name))
  );
}

/** Whether trying again is pointless by the error's own word. */
export function isNonRetriable(thrown: unknown): boolean {
  if (isErrorNamed(thrown, FINAL_NAMES)) return true;
  return StepfastError.is(thrown) && thrown.status === 400;
}

/** Whether a function that threw this has failed for good: also a step's failure that nobody caught. */
export function isFinalForFunction(thrown: unknown): boolean {
  return isNonRetriable(thrown) || isStepError(thrown);
}

/** When to try again, in seconds or as an ISO time, if the error says so. */
export function retryAfterOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const { name, retryAfter } = thrown as { name?: unknown; retryAfter?: unknown };
  return name === "RetryAfterError" && typeof retryAfter === "string" ? retryAfter : undefined;
}
