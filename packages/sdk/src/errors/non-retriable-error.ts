import { thrownPart } from "@stepfast/protocol";

const BRAND = Symbol.for("stepfast.NonRetriableError");

/** Thrown by user code where trying again would not help: the step, or the function, fails at once. */
export class NonRetriableError extends Error {
  override name: string = "NonRetriableError";
  override readonly cause?: unknown;
  readonly [BRAND] = true;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options && "cause" in options) this.cause = options.cause;
  }
}

/** Also true of one from another copy of this package, and of classes derived from it, whatever their names. */
export function isNonRetriableError(value: unknown): boolean {
  return thrownPart(value, BRAND) === true;
}
