/** What an answer takes along beside its own: a larger one may be refused where a checkpoint is not. */
const MOST_CHARACTERS = 64 * 1024;
const SCALAR_CHARACTERS = 8;

/** Whether the value's JSON is long. Looks no further than to where it is. */
export function isBulky(value: unknown): boolean {
  return charactersLeft(value, MOST_CHARACTERS) < 0;
}

function charactersLeft(value: unknown, budget: number): number {
  if (typeof value === "string") return budget - value.length;
  if (typeof value !== "object" || value === null) return budget - SCALAR_CHARACTERS;
  let left = budget - SCALAR_CHARACTERS;
  for (const key in value) {
    left = charactersLeft((value as Record<string, unknown>)[key], left - key.length);
    if (left < 0) return left;
  }
  return left;
}
