import { StepfastError, thrownPart } from "@stepfast/protocol";
import { isNonRetriableError } from "./non-retriable-error.ts";
import { isRetryAfterError } from "./retry-after-error.ts";
import { isStepError } from "./step-error.ts";

// Names count as well as classes: an application may hold two copies of this package.
const FINAL_NAMES = new Set<unknown>(["NonRetriableError", "EventValidationError", "StaleDispatchError"]);

function isErrorNamed(thrown: unknown, names: Set<unknown>): boolean {
  return names.has(thrownPart(thrown, "name"));
}

/** Whether trying again is pointless by the error's own word. */
export function isNonRetriable(thrown: unknown): boolean {
  if (isErrorNamed(thrown, FINAL_NAMES) || isNonRetriableError(thrown)) return true;
  return StepfastError.is(thrown) && thrown.status === 400;
}

/** Whether a function that threw this has failed for good: also a step's failure that nobody caught. */
export function isFinalForFunction(thrown: unknown): boolean {
  return isNonRetriable(thrown) || isStepError(thrown);
}

/** When to try again, in seconds or as an ISO time, if the error says so. */
export function retryAfterOf(thrown: unknown): string | undefined {
  if (thrownPart(thrown, "name") !== "RetryAfterError" && !isRetryAfterError(thrown)) return undefined;
  const retryAfter = thrownPart(thrown, "retryAfter");
  return typeof retryAfter === "string" ? retryAfter : undefined;
}
