import { limits, parseDuration } from "@stepfast/protocol";

const DELAYS_MS = [
  15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_200_000, 2_400_000, 3_600_000, 7_200_000,
];
const JITTER_MS = 30_000;

export interface BackOff {
  /** Zero-based attempt that failed. */
  attempt: number;
  /** Uniform in [0, 1). */
  jitter: number;
  /** Seconds or an ISO time, as the SDK asked (`retry-after`). */
  retryAfter?: string | undefined;
  /** Waiting would not help: the attempt was lost with whoever made it. */
  retryAtOnce?: boolean | undefined;
  /** Fixed delay of the whole server, instead of the table. */
  retryIntervalMs?: number | undefined;
}

/** When the attempt after a failed one is due (SERVER 2.2): later than the failure in any case. */
export function retryDueAt(backOff: BackOff, nowMs: number): number {
  if (backOff.retryAtOnce) return nowMs + 1;
  const asked = askedDelayMs(backOff.retryAfter, nowMs);
  if (asked !== undefined) {
    return nowMs + Math.min(Math.max(asked, limits.retryAfterMinMs), limits.retryAfterMaxMs);
  }
  if (backOff.retryIntervalMs !== undefined) return nowMs + Math.max(1, backOff.retryIntervalMs);
  const delay = DELAYS_MS[Math.min(backOff.attempt, DELAYS_MS.length - 1)] ?? 0;
  return nowMs + delay + Math.floor(backOff.jitter * JITTER_MS);
}

function askedDelayMs(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined || retryAfter.trim() === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const duration = parseDuration(retryAfter);
  if (duration !== undefined) return duration;
  const time = Date.parse(retryAfter);
  return Number.isNaN(time) ? undefined : time - nowMs;
}
