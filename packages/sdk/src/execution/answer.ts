import { type CallAnswer, COMPLETE_OP_ID, type Op, StepfastError, toWireError } from "@stepfast/protocol";
import { isFinalForFunction, retryAfterOf } from "../errors/classify.ts";

/** The execution version this SDK speaks (PROTOCOL §5.4). */
export const REQUEST_VERSION = 2;

type ErrorAnswer = Extract<CallAnswer, { kind: "error" }>;

/** The answer of a function that threw. */
export function errorAnswer(thrown: unknown, version: number = REQUEST_VERSION): ErrorAnswer {
  const error = toWireError(thrown);
  const isStale = StepfastError.is(thrown) && thrown.code === "stale_dispatch";
  if (isStale) error.name = "StaleDispatchError";
  const answer: ErrorAnswer = {
    kind: "error",
    error,
    noRetry: isStale || isFinalForFunction(thrown),
    version,
  };
  const retryAfter = retryAfterOf(thrown);
  if (retryAfter !== undefined) answer.retryAfter = retryAfter;
  return answer;
}

/** The same failure as an op, where other ops must go before it (PROTOCOL §5.3). */
export function failureBehind(ops: Op[], answer: ErrorAnswer): CallAnswer {
  const { error, noRetry, retryAfter, version } = answer;
  const data = { __serialized: true, name: error.name, message: error.message, stack: "" };
  const failure: Op = {
    id: COMPLETE_OP_ID,
    op: noRetry ? "StepFailed" : "StepError",
    error,
    data: noRetry ? data : null,
  };
  const result: CallAnswer = { kind: "ops", ops: [...ops, failure], noRetry };
  if (retryAfter !== undefined) result.retryAfter = retryAfter;
  if (version !== undefined) result.version = version;
  return result;
}
