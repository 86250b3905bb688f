import { type DurationInput, durationToMs, momentText } from "../time/duration.ts";

/** Thrown by user code that knows when trying again makes sense. */
export class RetryAfterError extends Error {
  override readonly name: string = "RetryAfterError";
  override readonly cause?: unknown;
  /** Whole seconds, or an ISO time: the value of a `retry-after` header. */
  readonly retryAfter: string;

  /** `when`: milliseconds, a text such as "30s", or a Date. Throws `invalid_duration` if it is none of these. */
  constructor(message: string, when: DurationInput | Date, options?: { cause?: unknown }) {
    super(message);
    if (options && "cause" in options) this.cause = options.cause;
    this.retryAfter = when instanceof Date ? momentText(when) : String(Math.ceil(durationToMs(when) / 1000));
  }
}
