import type { OpenGate } from "./gate-board.ts";
import type { ThrottleRule } from "./throttle-bucket.ts";

/** State of a gate of kind `lane`. */
export interface LaneState {
  held: number;
  waiting: number;
  /** As it was last used. */
  limit: number;
}

/** State of a gate of kind `throttle`. */
export interface ThrottleState extends ThrottleRule {
  fullAt: number;
  waiting: number;
}

/** A gate that runs wait at until they pass. */
export type Passable = OpenGate<LaneState> | OpenGate<ThrottleState>;

export function waitingAt(gate: Passable): number {
  return gate.state?.waiting ?? 0;
}
