/**
 * Clocks of nodes may differ by this. A time that is further ahead than it could be was written by a clock that has been put back
 * since, and is not waited for.
 */
export const CLOCK_SKEW_MS = 60_000;
