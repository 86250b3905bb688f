import type { Json } from "@stepfast/protocol";
import { evaluationError, type Frame, spend } from "./frame.ts";

/** Whether a value counts as true, as in JavaScript: all but null, false, 0 and the empty text. */
export function isTruthy(value: Json): boolean {
  return Boolean(value);
}

export type JsonMap = { [key: string]: Json };

export function isMap(value: Json): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a value is called in messages. */
export function typeName(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "boolean":
      return "a boolean";
    default:
      return "a map";
  }
}

/**
 * A member of a map (by text) or of a list (by index); null where there is none. Only what the JSON itself holds is
 * a member: nothing inherited from a prototype ever is.
 */
export function member(value: Json, key: Json): Json {
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) return typeof key === "number" ? (value[key] ?? null) : null;
  if (typeof key !== "string" || !Object.hasOwn(value, key)) return null;
  return value[key] ?? null;
}

/** Equality by content. Values of different types are never equal; numbers have one type. */
export function equals(frame: Frame, left: Json, right: Json): boolean {
  if (left === right) {
    if (typeof left === "string") spend(frame, left.length >> 8);
    return true;
  }
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && equalLists(frame, left, right);
  return !Array.isArray(right) && equalMaps(frame, left, right);
}

function equalLists(frame: Frame, left: Json[], right: Json[]): boolean {
  if (left.length !== right.length) return false;
  for (const [index, item] of left.entries()) {
    spend(frame, 1);
    if (!equals(frame, item, right[index] ?? null)) return false;
  }
  return true;
}

function equalMaps(frame: Frame, left: JsonMap, right: JsonMap): boolean {
  const keys = keysOf(frame, left);
  if (keys.length !== keysOf(frame, right).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(right, key)) return false;
    if (!equals(frame, left[key] ?? null, right[key] ?? null)) return false;
  }
  return true;
}

const UNITS_PER_KEY = 4;
const LARGE_MAP = 1_000;
/** Sizes of large maps: listing keys is the one thing that costs before it can be paid for, so it is done once. */
const largeMapSizes = new WeakMap<JsonMap, number>();

/** The keys of a map, paid for. */
export function keysOf(frame: Frame, map: JsonMap): string[] {
  const knownSize = largeMapSizes.get(map);
  if (knownSize !== undefined) spend(frame, knownSize * UNITS_PER_KEY);
  const keys = Object.keys(map);
  if (knownSize === undefined) {
    if (keys.length >= LARGE_MAP) largeMapSizes.set(map, keys.length);
    spend(frame, keys.length * UNITS_PER_KEY);
  }
  return keys;
}

/** Order of two numbers or two texts: negative, zero or positive. `undefined`: there is none between the two. */
export function compare(frame: Frame, left: Json, right: Json): number | undefined {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") {
    spend(frame, Math.min(left.length, right.length) >> 6);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return undefined;
}

/** Whether a list holds a value, or a map a key. Nothing is in null. */
export function isIn(frame: Frame, item: Json, container: Json): boolean {
  if (container === null) return false;
  if (Array.isArray(container)) {
    for (const candidate of container) {
      spend(frame, 1);
      if (equals(frame, item, candidate)) return true;
    }
    return false;
  }
  if (isMap(container)) return typeof item === "string" && Object.hasOwn(container, item);
  throw evaluationError(
    `"in" looks into a list or a map, not into ${typeName(container)}: for a text use contains()`,
  );
}

/** Pays for every value in a result, so that whoever writes it out is not surprised by its size. */
export function measure(frame: Frame, value: Json): void {
  spend(frame, typeof value === "string" ? value.length >> 6 : 2);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) measure(frame, item);
  } else {
    for (const key of keysOf(frame, value)) measure(frame, value[key] ?? null);
  }
}
