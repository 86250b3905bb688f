import { StepfastError } from "./error.ts";
import type { JsonObject } from "./json.ts";
import { limits } from "./limits.ts";

/** The JSON text of what was looked at has at least and at most so many bytes. */
export interface JsonSize {
  lowerBytes: number;
  upperBytes: number;
}

interface Walk extends JsonSize {
  /** JSON writes every value as it is. */
  exact: boolean;
}

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/**
 * An object that is safe to store: JSON, at most `limits.jsonDepth` deep, without keys that pollute prototypes. The
 * object itself if JSON writes all of it as it is; else what a JSON round trip makes of it (dates become texts,
 * undefined members go). Throws `invalid_event` naming the path, or `event_too_large`.
 */
export function assertJsonObject(value: unknown, where: string, size: JsonSize): JsonObject {
  if (!isPlainEnough(value)) {
    throw new StepfastError("invalid_event", `${where}: must be an object such as { "orderId": "7" }`);
  }
  const walked: Walk = { lowerBytes: size.lowerBytes, upperBytes: size.upperBytes, exact: true };
  walkObject(value, 1, where, walked);
  if (!walked.exact) return assertJsonObject(roundTrip(value, where), where, size);
  size.lowerBytes = walked.lowerBytes;
  size.upperBytes = walked.upperBytes;
  return value as JsonObject;
}

/** Objects, also of classes and of other realms; no arrays, dates, maps and the like. */
function isPlainEnough(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Object]"
  );
}

function walkScalar(value: unknown, path: string, walked: Walk): void {
  switch (typeof value) {
    case "string":
      walked.lowerBytes += value.length + 2;
      walked.upperBytes += value.length * 6 + 2;
      return;
    case "number":
      if (!Number.isFinite(value)) walked.exact = false;
      walked.lowerBytes += 1;
      walked.upperBytes += 24;
      return;
    case "boolean":
    case "object":
      walked.upperBytes += 5;
      return;
    case "bigint":
      throw invalid(path, "holds a BigInt, which JSON cannot write: send it as a text");
    default:
      walked.exact = false;
  }
}

function walkMember(member: unknown, key: string | number, depth: number, path: string, walked: Walk): void {
  if (typeof member !== "object" || member === null) walkScalar(member, path, walked);
  else walkObject(member, depth + 1, typeof key === "number" ? `${path}[${key}]` : `${path}.${key}`, walked);
}

function walkObject(value: object, depth: number, path: string, walked: Walk): void {
  if (depth > limits.jsonDepth) {
    throw invalid(path, `nests deeper than ${limits.jsonDepth} levels, or within itself: make it flatter`);
  }
  if (walked.lowerBytes > limits.eventBytes) throw eventTooLarge(shortened(path));
  if (Array.isArray(value)) {
    walked.lowerBytes += value.length;
    walked.upperBytes += value.length + 2;
    for (let i = 0; i < value.length; i++) walkMember(value[i], i, depth, path, walked);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) walked.exact = false;
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (key === "__proto__" || (key === "constructor" && holdsPrototype(member)))
      throw polluting(`${path}.${key}`);
    if (key === "toJSON" && typeof member === "function") walked.exact = false;
    walked.lowerBytes += key.length + 4;
    walked.upperBytes += key.length * 6 + 4;
    walkMember(member, key, depth, path, walked);
  }
}

function holdsPrototype(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}

/** What would be read back after storing. */
function roundTrip(value: object, where: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch (error) {
    throw invalid(where, `cannot be written as JSON (${String(error)})`);
  }
}

export function eventTooLarge(where: string): StepfastError {
  const problem = `the event is larger than ${limits.eventBytes} bytes: store the payload elsewhere and send where it is`;
  return new StepfastError("event_too_large", `${where}: ${problem}`);
}

function polluting(path: string): StepfastError {
  return invalid(path, "this key is refused, it can change the prototype of objects: name it otherwise");
}

function invalid(path: string, problem: string): StepfastError {
  return new StepfastError("invalid_event", `${shortened(path)}: ${problem}`);
}

function shortened(path: string): string {
  return path.length > 100 ? `${path.slice(0, 100)}…` : path;
}
