import { CLOCK_SKEW_MS } from "../clock-skew.ts";
import type { DebounceSpec } from "./flow-spec.ts";
import type { OpenGate } from "./gate-board.ts";
import type { HeldEvent } from "./held-event.ts";

/** State of a gate of kind `debounce`. */
export interface DebounceState {
  /** The latest event by its own time: it becomes the run. */
  event: HeldEvent;
  /** When the first one came. */
  since: number;
}

/**
 * Puts an event off until none has come for the period, or the time-out since the first is over (SERVER §2.6). Returns the
 * event that will not become a run: this one, if it is older than the one that waits, or the one it takes the place of.
 */
export function putOff(
  gate: OpenGate<DebounceState>,
  event: HeldEvent,
  spec: DebounceSpec,
  now: number,
): { loser: HeldEvent; winner: HeldEvent } | null {
  const before = gate.state;
  // A clock may have been put back.
  const since = Math.min(before?.since ?? now, now);
  const latest = spec.timeoutMs === null ? Number.POSITIVE_INFINITY : since + spec.timeoutMs;
  const dueAt = Math.min(now + spec.periodMs, latest);
  // The times of those that came before a clock was put back say nothing of who is the latest.
  const isPutBack = before !== null && before.since > now + CLOCK_SKEW_MS;
  const isLatest = before === null || isPutBack || event.ts >= before.event.ts;
  const winner = isLatest ? event : before.event;
  gate.put({ event: winner, since }, dueAt);
  return before === null ? null : { loser: isLatest ? before.event : event, winner };
}
