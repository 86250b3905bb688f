import { isErrorLike } from "@stepfast/protocol";
import { NonRetriableError } from "./non-retriable-error.ts";

const builtIns: Record<string, new (message: string) => Error> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

const MAX_CAUSE_DEPTH = 5;

interface SerializedError {
  name?: unknown;
  message?: unknown;
  stack?: unknown;
  code?: unknown;
  cause?: unknown;
}

/**
 * An error that crossed the wire, as an Error again: built-in classes and NonRetriableError are rebuilt, others are
 * an Error of that name. What is no serialised error comes back as it is.
 */
export function reviveError(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  const wire = value as SerializedError;
  if (typeof wire.message !== "string" || (depth > 0 && !isErrorLike(value))) return value;
  const name = typeof wire.name === "string" ? wire.name : "Error";
  const error =
    name === "NonRetriableError" ? new NonRetriableError(wire.message) : newError(name, wire.message);
  if (typeof wire.stack === "string" && wire.stack !== "") error.stack = wire.stack;
  if (typeof wire.code === "string") Object.assign(error, { code: wire.code });
  if (wire.cause !== undefined && depth < MAX_CAUSE_DEPTH) {
    Object.assign(error, { cause: reviveError(wire.cause, depth + 1) });
  }
  return error;
}

function newError(name: string, message: string): Error {
  const BuiltIn = Object.hasOwn(builtIns, name) ? builtIns[name] : undefined;
  const error = BuiltIn ? new BuiltIn(message) : new Error(message);
  if (!BuiltIn) error.name = name;
  return error;
}
