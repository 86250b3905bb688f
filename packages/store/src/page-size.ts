const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 400;

/** How many rows a list query returns at most: 20 unless asked otherwise, between 1 and 400. */
export function pageSize(limit: number | undefined): number {
  return Math.max(1, Math.min(MAX_LIMIT, limit ?? DEFAULT_LIMIT));
}
