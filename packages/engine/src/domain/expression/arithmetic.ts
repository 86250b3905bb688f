import type { Json } from "@stepfast/protocol";
import { evaluationError, type Frame, spend } from "./frame.ts";
import { typeName } from "./values.ts";

/** `+` adds numbers, and joins lists and texts; beside a text a number or boolean is written out, null is nothing. */
export function add(frame: Frame, left: Json, right: Json): Json {
  if (typeof left === "number" && typeof right === "number") return finite(left + right);
  if (typeof left === "string" || typeof right === "string") return join(frame, left, right);
  if (left === null || right === null) return null;
  if (Array.isArray(left) && Array.isArray(right)) {
    spend(frame, left.length + right.length);
    return [...left, ...right];
  }
  throw unsupported("+", left, right);
}

function join(frame: Frame, left: Json, right: Json): string {
  if (typeof left === "object" && left !== null) throw unsupported("+", left, right);
  if (typeof right === "object" && right !== null) throw unsupported("+", left, right);
  const text = `${left ?? ""}${right ?? ""}`;
  spend(frame, text.length >> 4);
  return text;
}

export type ArithmeticOperator = "-" | "*" | "/" | "%";

/** Arithmetic on numbers; null with anything is null. All numbers are doubles: `7 / 2` is 3.5. */
export function calculate(operator: ArithmeticOperator, left: Json, right: Json): Json {
  if (left === null || right === null) return null;
  if (typeof left !== "number" || typeof right !== "number") throw unsupported(operator, left, right);
  switch (operator) {
    case "-":
      return finite(left - right);
    case "*":
      return finite(left * right);
    case "/":
      return finite(left / divisor(right));
    case "%":
      return finite(left % divisor(right));
  }
}

export function negate(value: Json): Json {
  if (value === null) return null;
  if (typeof value !== "number") throw evaluationError(`"-" negates numbers, not ${typeName(value)}`);
  return -value;
}

function divisor(value: number): number {
  if (value === 0)
    throw evaluationError("division by zero: check the divisor first, as in `n != 0 && x / n > 1`");
  return value;
}

/** The numbers of an expression are those of JSON: neither infinite nor NaN. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw evaluationError("the result is too large for a number");
}

function unsupported(operator: string, left: Json, right: Json): Error {
  return evaluationError(
    `"${operator}" does not work on ${typeName(left)} and ${typeName(right)}: convert them first, with double() or string()`,
  );
}
