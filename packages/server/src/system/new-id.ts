import { randomBytes } from "node:crypto";
import { ulidFactory } from "@stepfast/protocol";

const nextUlid = ulidFactory((length) => randomBytes(length));

/** A ULID for something that is made now. */
export function newId(nowMs: number): string {
  return nextUlid(nowMs);
}
