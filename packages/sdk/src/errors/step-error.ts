import type { WireError } from "@stepfast/protocol";
import { reviveError } from "./revive.ts";

const BRAND = Symbol.for("stepfast.StepError");

/** What a step's promise rejects with once its retries are used up. */
export class StepError extends Error {
  /** Id of the step as it was written in the function. */
  readonly stepId: string;
  override readonly cause?: unknown;
  /** Data the failing side attached. */
  readonly data?: unknown;
  readonly [BRAND] = true;

  constructor(stepId: string, error: unknown) {
    const wire = readWireError(error);
    super(wire.message);
    this.stepId = stepId;
    this.name = wire.name;
    if (wire.stack) this.stack = wire.stack;
    if (wire.cause !== undefined) this.cause = reviveError(wire.cause, 1);
    if (wire.data !== undefined) this.data = wire.data;
  }
}

/** Also true of a `StepError` from another copy of this package. */
export function isStepError(value: unknown): value is StepError {
  try {
    return value instanceof Error && BRAND in value;
  } catch {
    // What cannot be looked at is not one of ours.
    return false;
  }
}

function readWireError(value: unknown): WireError {
  if (typeof value !== "object" || value === null)
    return { name: "Error", message: String(value ?? "Unknown error") };
  const error = value as Partial<WireError>;
  return {
    ...error,
    name: typeof error.name === "string" && error.name !== "" ? error.name : "Error",
    message: typeof error.message === "string" ? error.message : "Unknown error",
  };
}
