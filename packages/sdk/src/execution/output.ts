import { type Json, toWireError } from "@stepfast/protocol";
import { throughJson } from "./memo.ts";

/** A handler's output in JSON form, or why it has none. */
export function recordedOutput(output: unknown): { data: Json } | { thrown: unknown } {
  try {
    return { data: throughJson(output).given };
  } catch (cause) {
    const { name, message } = toWireError(cause);
    return { thrown: new Error(`The function's result cannot be stored: ${name}: ${message}`, { cause }) };
  }
}
