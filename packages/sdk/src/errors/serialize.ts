import { toWireError, type WireError } from "@stepfast/protocol";

/** A serialised error: `{name, message, stack, code?, cause?}`, marked with `__serialized`. */
export type JsonError = WireError & { __serialized: true };

/** Any thrown value in the form it crosses the wire. `cause` nests at most five deep; non-errors are wrapped. */
export function serializeError(thrown: unknown): JsonError {
  return { ...toWireError(thrown), __serialized: true };
}
