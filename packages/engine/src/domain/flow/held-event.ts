import type { RunOrigin } from "@stepfast/store";

/** An event that waits to become a run: of which one it will be, and who asked for it. Kept in a gate's state. */
export interface HeldEvent {
  /** The run's id, if the event becomes one. */
  runId: string;
  appId: string;
  eventId: string;
  /** The event's own time. */
  ts: number;
  origin: RunOrigin;
  parentRunId: string | null;
  parentStepId: string | null;
}
