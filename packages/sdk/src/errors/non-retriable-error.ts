/** Thrown by user code where trying again would not help: the step, or the function, fails at once. */
export class NonRetriableError extends Error {
  override readonly name: string = "NonRetriableError";
  override readonly cause?: unknown;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message);
    if (options && "cause" in options) this.cause = options.cause;
  }
}
