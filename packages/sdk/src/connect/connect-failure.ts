export type FailureKind = "unauthorized" | "closing" | "other";

/** Why there is no connection yet. */
export class ConnectFailure extends Error {
  override name = "ConnectFailure";
  readonly kind: FailureKind;

  constructor(message: string, kind: FailureKind = "other", options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

const DELAYS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300];
const CLOSING_MS = 500;
const CLOSING_SPREAD_MS = 1_000;

/**
 * How long to wait after the `attempt`-th failure in a row (from 1): 1 s, 2 s, 5 s … 5 min; half a second to one and a half
 * where the gateway is being replaced. `fraction`: by chance, in [0, 1).
 */
export function reconnectDelayMs(kind: FailureKind, attempt: number, fraction: number): number {
  if (kind === "closing") return CLOSING_MS + fraction * CLOSING_SPREAD_MS;
  return (DELAYS_S[Math.min(Math.max(attempt, 1), DELAYS_S.length) - 1] ?? 1) * 1_000;
}
