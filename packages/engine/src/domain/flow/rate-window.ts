import { CLOCK_SKEW_MS } from "../clock-skew.ts";

const MAX_MARKS = 1_000;

export interface RateRule {
  limit: number;
  periodMs: number;
}

/** Passages of the last period, oldest first: when, and how many. */
export type RateMarks = [at: number, count: number][];

/**
 * A window of `periodMs` that slides: at any moment no more than `limit` have passed in the period before it. Exact up to
 * 1,000 passages a period; above that, passages within a thousandth of the period count as the latest of them. What has passed by a
 * clock that was put back since does not count.
 */
export function passRate(
  marks: RateMarks,
  rule: RateRule,
  now: number,
): { passes: boolean; marks: RateMarks } {
  const recent = marks.filter(([at]) => at > now - rule.periodMs && at <= now + CLOCK_SKEW_MS);
  const passed = recent.reduce((sum, [, count]) => sum + count, 0);
  if (passed >= rule.limit) return { passes: false, marks: recent };
  const last = recent.at(-1);
  const grain = rule.limit > MAX_MARKS ? Math.ceil(rule.periodMs / MAX_MARKS) : 1;
  if (last && now < last[0]) return { passes: true, marks: [...recent.slice(0, -1), [last[0], last[1] + 1]] };
  if (last && Math.floor(now / grain) === Math.floor(last[0] / grain)) {
    return { passes: true, marks: [...recent.slice(0, -1), [now, last[1] + 1]] };
  }
  return { passes: true, marks: [...recent, [now, 1]] };
}
