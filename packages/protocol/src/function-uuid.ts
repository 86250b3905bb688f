import { sha1Hex } from "./sha1.ts";

/** As many as an app of some size has functions. */
const MAX_KEPT = 1_000;
const known = new Map<string, string>();

/** The `ctx.fn_id` of a function, made of its slug (PROTOCOL §3): the Go SDK takes nothing but a UUID there. */
export function functionUuid(slug: string): string {
  const kept = known.get(slug);
  if (kept !== undefined) return kept;
  const hex = sha1Hex(slug);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  const uuid = parts.join("-");
  if (known.size >= MAX_KEPT) known.clear();
  known.set(slug, uuid);
  return uuid;
}
