import { reviveError } from "./revive.ts";
import { serializeError } from "./serialize.ts";

/** What was thrown, as an `Error`: middleware reads its message without looking first. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : (reviveError(serializeError(thrown)) as Error);
}
