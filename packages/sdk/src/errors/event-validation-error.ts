/** A received event does not fit the schema of the trigger it came by. The run fails without a retry. */
export class EventValidationError extends Error {
  override readonly name: string = "EventValidationError";
}
