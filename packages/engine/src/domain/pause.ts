/** What a paused function's events and runs come to. JSON in `FunctionRow.paused`. */
export interface PauseState {
  at: number;
  /** Events that come: `skip` records that they were, `hold` keeps their runs until it is resumed. */
  events: "skip" | "hold";
  /** Runs under way: `finish` lets them, `hold` stops each after the steps that execute, `cancel` cancels them. */
  runs: "finish" | "hold" | "cancel";
  reason: string | null;
}

/** Under what the store keeps runs that wait for their function to be resumed. */
export const PAUSED = "paused";

export function holdsRuns(paused: PauseState | null): boolean {
  return paused?.runs === "hold";
}
