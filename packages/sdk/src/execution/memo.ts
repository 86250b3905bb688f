import type { Json } from "@stepfast/protocol";
import type { MemoizedStep } from "../middleware/base.ts";

/** What is known of a step: its result, its failure, or input that replaces what the code gives it. */
export type Memo = { data: unknown } | { error: unknown } | { input: unknown[] };

/**
 * Reads a memoised step value (PROTOCOL §3.1): a wrapper is one only if it holds nothing else; anything more is
 * data itself, such as the event a wait ended with.
 */
export function readMemo(value: unknown): Memo {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { data: value };
  const wrapper = value as { type?: unknown; data?: unknown; error?: unknown; input?: unknown };
  const size = Object.keys(wrapper).length;
  if (holds(wrapper, "data", size)) return { data: wrapper.data };
  if (holds(wrapper, "error", size)) return { error: wrapper.error };
  if (holds(wrapper, "input", size) && Array.isArray(wrapper.input)) return { input: wrapper.input };
  return { data: value };
}

/** The same, as middleware sees it: `{ type: "data", data }`, `{ type: "error", error }` or `{ type: "input", input }`. */
export function typedMemo(value: unknown): MemoizedStep {
  const memo = readMemo(value);
  if ("error" in memo) return { type: "error", ...memo };
  return "input" in memo ? { type: "input", ...memo } : { type: "data", ...memo };
}

function holds(wrapper: { type?: unknown }, key: "data" | "error" | "input", size: number): boolean {
  if (!Object.hasOwn(wrapper, key)) return false;
  return size === 1 || (size === 2 && wrapper.type === key);
}

/** A value as it is after a round trip through JSON; `undefined` is null. Throws if it has no JSON form. */
export function throughJson(value: unknown): { json: string; given: Json } {
  if (value === undefined || value === null) return { json: "null", given: null };
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) return { json: "null", given: null };
  const isPlain = typeof value === "string" || typeof value === "boolean";
  return { json, given: isPlain ? value : (JSON.parse(json) as Json) };
}
