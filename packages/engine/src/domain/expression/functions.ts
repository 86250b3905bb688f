import type { Json } from "@stepfast/protocol";
import { finite } from "./arithmetic.ts";
import { evaluationError, type Frame, spend } from "./frame.ts";
import { parseJsonText } from "./json-text.ts";
import { containsText } from "./text-search.ts";
import { isMap, keysOf, typeName } from "./values.ts";

/** A function of the language. As a method, the receiver is its first argument: `f(x, y)` is `x.f(y)`. */
export interface ExpressionFunction {
  arity: number;
  call(frame: Frame, first: Json, second: Json): Json;
}

/** A question about two texts. About null the answer is no. */
function textQuestion(
  name: string,
  ask: (frame: Frame, text: string, part: string) => boolean,
): ExpressionFunction {
  return {
    arity: 2,
    call(frame, first, second) {
      if (first === null || second === null) return false;
      if (typeof first === "string" && typeof second === "string") return ask(frame, first, second);
      throw evaluationError(`${name}() compares two texts, not ${typeName(first)} and ${typeName(second)}`);
    },
  };
}

function comparesPart(frame: Frame, part: string): true {
  spend(frame, part.length >> 6);
  return true;
}

/** A conversion. Null stays null. */
function conversion(name: string, convert: (value: Json) => Json | undefined): ExpressionFunction {
  return {
    arity: 1,
    call(frame, value) {
      if (value === null) return null;
      if (typeof value === "string") spend(frame, value.length >> 2);
      const result = convert(value);
      if (result !== undefined) return result;
      const shown = typeof value === "object" ? typeName(value) : JSON.stringify(value).slice(0, 50);
      throw evaluationError(`${name}() cannot convert ${shown}`);
    },
  };
}

function textConversion(name: string, convert: (text: string) => Json | undefined): ExpressionFunction {
  return conversion(name, (value) => (typeof value === "string" ? convert(value) : undefined));
}

const INTEGER = /^[+-]?\d{1,20}$/;

function toInteger(value: Json): number | undefined {
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value === "string" && INTEGER.test(value)) return Number(value);
  return undefined;
}

function toUnsigned(value: Json): number | undefined {
  const integer = toInteger(value);
  return integer !== undefined && integer >= 0 ? integer : undefined;
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

function toDouble(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string" && DECIMAL.test(value)) return finite(Number(value));
  return undefined;
}

function toText(value: Json): string | undefined {
  return typeof value === "object" ? undefined : String(value);
}

const BOOLEANS = new Map([
  ...["1", "t", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

function toBoolean(value: Json): boolean | undefined {
  if (typeof value === "boolean") return value;
  return typeof value === "string" ? BOOLEANS.get(value) : undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decodeBase64(text: string): string | undefined {
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return decoder.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** Characters of a text, members of a list, keys of a map; 0 for null. */
function size(frame: Frame, value: Json): number {
  if (value === null) return 0;
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return keysOf(frame, value).length;
  if (typeof value !== "string")
    throw evaluationError(`size() counts texts, lists and maps, not ${typeName(value)}`);
  spend(frame, value.length >> 2);
  let count = 0;
  for (const _ of value) count++;
  return count;
}

export const functions: ReadonlyMap<string, ExpressionFunction> = new Map<string, ExpressionFunction>([
  ["contains", textQuestion("contains", containsText)],
  [
    "startsWith",
    textQuestion("startsWith", (frame, text, part) => comparesPart(frame, part) && text.startsWith(part)),
  ],
  [
    "endsWith",
    textQuestion("endsWith", (frame, text, part) => comparesPart(frame, part) && text.endsWith(part)),
  ],
  ["size", { arity: 1, call: size }],
  ["int", conversion("int", toInteger)],
  ["uint", conversion("uint", toUnsigned)],
  ["double", conversion("double", toDouble)],
  ["string", conversion("string", toText)],
  ["bool", conversion("bool", toBoolean)],
  ["lowercase", textConversion("lowercase", (text) => text.toLowerCase())],
  ["uppercase", textConversion("uppercase", (text) => text.toUpperCase())],
  ["b64decode", textConversion("b64decode", decodeBase64)],
  ["json_parse", textConversion("json_parse", parseJsonText)],
]);

/** Functions of other CEL dialects that read the clock. */
export const clockFunctions: ReadonlySet<string> = new Set([
  "now",
  "now_plus",
  "now_minus",
  "date",
  "duration",
  "timestamp",
]);
