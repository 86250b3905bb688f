import { isLargeValue, partsOf, referenceTo } from "@stepfast/store";
import type { SqlValue } from "./driver.ts";

/** A text on its way to be kept beside its row. Its bytes change threads without being copied. */
export interface LargeText {
  /** What its row holds. */
  reference: string;
  /** UTF-8. */
  parts: Uint8Array<ArrayBuffer>[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The text as it travels: as it is, unless it is large. */
export function packed(value: SqlValue, from: number): SqlValue | LargeText {
  if (typeof value !== "string" || !isLargeValue(value, from)) return value;
  const parts = Array.from(partsOf(value), (part) => encoder.encode(part));
  return { reference: referenceTo(value), parts };
}

export function isPacked(value: SqlValue | LargeText | undefined): value is LargeText {
  return typeof value === "object" && value !== null;
}

export function bytesOfText({ parts }: LargeText): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

/** A part as it was stored. */
export function partText(bytes: unknown): string {
  return decoder.decode(bytes as Uint8Array);
}
