import type { BatchSpec } from "./flow-spec.ts";
import type { OpenGate } from "./gate-board.ts";
import type { HeldEvent } from "./held-event.ts";
import type { RunFlow } from "./run-flow.ts";

/** A batch is closed before the data of its events, as JSON in UTF-8, is larger than this together. */
export const MAX_BATCH_BYTES = 10 * 1024 * 1024;

/** State of a gate of kind `batch`. */
export interface BatchState {
  /** The run it becomes. */
  runId: string;
  appId: string;
  eventIds: string[];
  /** When the first one came. */
  since: number;
  /** Of the events' data as JSON in UTF-8. */
  bytes: number;
  /** The gates ahead of the run, found from the first event. */
  flow: RunFlow | null;
}

export interface BatchEvent extends HeldEvent {
  bytes: number;
  flow: RunFlow | null;
}

/** Whether the open batch has room for an event. It may be full because the limit was lowered since. */
export function takesIn({ bytes, eventIds }: BatchState, more: number, { maxSize }: BatchSpec): boolean {
  return bytes + more <= MAX_BATCH_BYTES && eventIds.length < maxSize;
}

/**
 * Adds an event to the open batch, or opens one with it (SERVER §2.7). Returns the batches that are closed by that: those that
 * are full, and one that has no room for the event.
 */
export function addToBatch(
  gate: OpenGate<BatchState>,
  event: BatchEvent,
  spec: BatchSpec,
  now: number,
): BatchState[] {
  const closed: BatchState[] = [];
  let open = gate.state;
  if (open && !takesIn(open, event.bytes, spec)) {
    closed.push(open);
    open = null;
  }
  // Not later than the time-out in force asks for; one that was put away while its function was not there is overdue.
  const dueAt = Math.min(open ? (gate.dueAt ?? now) : Number.POSITIVE_INFINITY, now + spec.timeoutMs);
  const batch = {
    runId: open?.runId ?? event.runId,
    appId: event.appId,
    eventIds: [...(open?.eventIds ?? []), event.eventId],
    since: Math.min(open?.since ?? now, now),
    bytes: (open?.bytes ?? 0) + event.bytes,
    flow: open ? open.flow : event.flow,
  };
  if (batch.eventIds.length < spec.maxSize) gate.put(batch, dueAt);
  else {
    closed.push(batch);
    gate.end();
  }
  return closed;
}
