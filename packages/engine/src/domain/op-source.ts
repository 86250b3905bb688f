/** The call that reported an op. */
export interface OpSource {
  /** Zero-based. */
  attempt: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  noRetry: boolean;
  /** As the SDK wrote it: seconds, or a time. Undefined: as the function's back-off says. */
  retryAfter?: string | undefined;
}
