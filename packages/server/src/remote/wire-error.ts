import { isErrorLike, type WireError } from "@stepfast/protocol";
import { isRecord } from "../http/body.ts";

const MAX_CAUSE_DEPTH = 5;

function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value !== "");
}

/** An error from an SDK in our shape (PROTOCOL §4.1), whatever is missing of it. */
export function parseWireError(value: unknown, depth = 0): WireError {
  if (!isRecord(value))
    return { name: "Error", message: firstText(value) ?? JSON.stringify(value) ?? "unknown error" };
  const error: WireError = {
    name: firstText(value.name) ?? "Error",
    message: firstText(value.message, value.error, value.code) ?? "The function failed without a message",
  };
  if (typeof value.stack === "string") error.stack = value.stack;
  if (typeof value.code === "string") error.code = value.code;
  if (value.data !== undefined) error.data = value.data;
  if (value.cause !== undefined && depth < MAX_CAUSE_DEPTH)
    error.cause = isErrorLike(value.cause) ? parseWireError(value.cause, depth + 1) : value.cause;
  if (value.__serialized === true) error.__serialized = true;
  return error;
}
