import { createHash } from "node:crypto";

const LONGEST = 500;

/** What a wait's key is stored and found under: an index does not take long ones. */
export function matchOf(key: string): string {
  return key.length <= LONGEST ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}
