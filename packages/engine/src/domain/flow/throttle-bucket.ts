/** A throttle's numbers: `limit` starts a period, evenly, and `limit + burst` at once after a quiet time. */
export interface ThrottleRule {
  limit: number;
  burst: number;
  periodMs: number;
}

/*
 * GCRA: `fullAt` is when the bucket would be full again if nothing more started. A start moves it by the time one
 * start takes to grow back; it may not move past now by more than what the whole bucket takes.
 */

/** When the next start may be; not after `now`: at once. */
export function opensAt(fullAt: number, rule: ThrottleRule): number {
  const each = rule.periodMs / rule.limit;
  const capacity = rule.limit + rule.burst;
  return Math.ceil(fullAt - each * (capacity - 1));
}

/** `fullAt` when nothing more may start just now: no start moves it further. */
export function emptyAt(rule: ThrottleRule, now: number): number {
  return now + (rule.periodMs / rule.limit) * (rule.limit + rule.burst);
}

/** `fullAt` after a start at `now`. */
export function afterStart(fullAt: number, rule: ThrottleRule, now: number): number {
  return Math.max(fullAt, now) + rule.periodMs / rule.limit;
}

/** When one more may start than may now; null: no more than now ever may. */
export function nextPlaceAt(fullAt: number, rule: ThrottleRule, now: number): number | null {
  const opens = opensAt(fullAt, rule);
  if (opens > now) return opens;
  if (fullAt <= now) return null;
  const each = rule.periodMs / rule.limit;
  return Math.max(now + 1, Math.ceil(opens + each * (Math.floor((now - opens) / each) + 1)));
}
