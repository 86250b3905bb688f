import { thrownPart } from "@stepfast/protocol";
import { type DurationInput, momentText, remainingMs } from "../time/duration.ts";

const BRAND = Symbol.for("stepfast.RetryAfterError");

/** Thrown by user code that knows when trying again makes sense. */
export class RetryAfterError extends Error {
  override name: string = "RetryAfterError";
  override readonly cause?: unknown;
  readonly [BRAND] = true;
  /** Whole seconds, or an ISO time: the value of a `retry-after` header. */
  readonly retryAfter: string;

  /** `when`: milliseconds, a text such as "30s", or a Date. Throws an error that is retried if it is none of these. */
  constructor(message: string, when: DurationInput | Date, options?: { cause?: unknown }) {
    super(message);
    if (options && "cause" in options) this.cause = options.cause;
    this.retryAfter = retryAfterText(when);
  }
}

/** Also true of one from another copy of this package, and of classes derived from it, whatever their names. */
export function isRetryAfterError(value: unknown): boolean {
  return thrownPart(value, BRAND) === true;
}

// Whoever makes this error wants another attempt: that the time for it could not be read must not take it away.
function retryAfterText(when: DurationInput | Date): string {
  try {
    return when instanceof Date ? momentText(when) : String(Math.ceil(remainingMs(when) / 1000));
  } catch (cause) {
    throw new RangeError('A RetryAfterError needs milliseconds, a text such as "30s", or a Date', { cause });
  }
}
