import type { Json, JsonObject } from "@stepfast/protocol";
import type { OtlpAttribute, OtlpValue } from "./otlp-span.ts";

const MAX_DEPTH = 16;

/** An attribute's value as JSON; bytes in base64, numbers that JSON lacks as texts. */
export function plainValue(value: OtlpValue | undefined, depth = 0): Json {
  if (value === undefined || depth > MAX_DEPTH) return null;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (stringValue !== undefined) return stringValue;
  if (boolValue !== undefined) return boolValue;
  if (intValue !== undefined) return plainNumber(intValue);
  if (doubleValue !== undefined) return plainNumber(doubleValue);
  if (arrayValue) return (arrayValue.values ?? []).map((one) => plainValue(one, depth + 1));
  if (kvlistValue) return plainAttributes(kvlistValue.values ?? [], depth + 1);
  if (bytesValue === undefined) return null;
  return typeof bytesValue === "string" ? bytesValue : Buffer.from(bytesValue).toString("base64");
}

function plainNumber(given: number | string): number | string {
  const number = Number(given);
  if (!Number.isFinite(number)) return String(given);
  // Of those that a double cannot hold the text says more.
  return typeof given === "string" && Number.isInteger(number) && !Number.isSafeInteger(number)
    ? given
    : number;
}

export function plainAttributes(attributes: readonly OtlpAttribute[], depth = 0): JsonObject {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value, depth)]));
}
