const KIB = 1024;
const MIB = 1024 * KIB;

/** What one request, event, step or run may hold. docs/limits.md explains each. */
export const limits = {
  eventBytes: 3 * MIB,
  eventsPerRequest: 5_000,
  requestBytes: 64 * MIB,
  eventNameBytes: 512,
  eventIdBytes: 512,
  triggerNameLength: 255,
  cronLength: 255,
  triggersPerFunction: 10,
  cancelRulesPerFunction: 5,
  concurrencyRulesPerFunction: 2,
  maxRetries: 20,
  defaultRetries: 4,
  stepOutputBytes: 4 * MIB,
  stepInputBytes: 4 * MIB,
  sdkResponseBytes: 8 * MIB,
  runStateBytes: 32 * MIB,
  stepsPerRun: 10_000,
  opsPerAnswer: 10_000,
  defersPerRun: 20,
  deferBytes: 4 * MIB,
  waitMs: 366 * 24 * 3_600_000,
  retryAfterMinMs: 1_000,
  retryAfterMaxMs: 24 * 3_600_000,
  sdkRequestMs: 2 * 3_600_000,
  jsonDepth: 64,
  eventKeyTtlMs: 24 * 3_600_000,
  eventTsMin: Date.UTC(1980, 0, 1),
  eventTsMax: Date.UTC(2100, 0, 1),
} as const;
