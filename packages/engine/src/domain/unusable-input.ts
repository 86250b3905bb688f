import { decide, type RunInput } from "./decide.ts";
import type { DecideContext } from "./draft.ts";
import type { RunState } from "./run-state.ts";
import type { Transition } from "./transition.ts";

/**
 * As {@link decide}; what a call brought and no decision can be made of is a failed attempt. JSON can be read that is nested
 * too deep to be written: to ask for it again would bring the same, for ever. Throws where the input is nobody's code's.
 */
export function decideOrFail(
  state: RunState,
  input: RunInput,
  context: DecideContext,
  onFailure: (error: unknown) => void,
): Transition {
  try {
    return decide(state, input, context);
  } catch (error) {
    onFailure(error);
    if (input.kind !== "answer" && input.kind !== "report") throw error;
    return decide(state, failure(input.callId, error), context);
  }
}

function failure(callId: number, cause: unknown): RunInput {
  const message =
    cause instanceof RangeError
      ? "What the function brought nests too deep, or is too long, to be written: return flatter values, or references"
      : "What the function brought cannot be recorded: the server's log tells why";
  const error = { name: "Error", message, code: "invalid_request", stack: "" };
  return { kind: "answer", callId, answer: { kind: "error", error, noRetry: false } };
}
