import type { RateSpec } from "./flow-spec.ts";
import type { OpenGate } from "./gate-board.ts";
import { passRate, type RateMarks } from "./rate-window.ts";

/** State of a gate of kind `rate`. */
export interface RateState {
  marks: RateMarks;
}

/** Whether one more may pass; if so it is counted. The gate is gone a period after the last one. */
export function countPassage(gate: OpenGate<RateState>, spec: RateSpec, now: number): boolean {
  const { passes, marks } = passRate(gate.state?.marks ?? [], spec, now);
  if (passes) gate.put({ marks }, now + spec.periodMs);
  else gate.isTouched = true;
  return passes;
}
