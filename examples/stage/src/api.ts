/** What the examples read of the API's answers. */

export type RunStatus = "QUEUED" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED" | "SKIPPED";

/** `GET /v2/runs/:id` */
export interface RunView {
  id: string;
  function: { id: string; name: string };
  status: RunStatus;
  queuedAt: string;
  startedAt: string | null;
  endedAt: string | null;
  trigger: { eventIds: string[]; eventName: string | null };
  parent: { runId: string; stepId: string; origin: string } | null;
  waiting?: { kind: string; step: string | null; until: string | null }[];
  // biome-ignore lint/suspicious/noExplicitAny: whatever the function returned.
  output?: any;
}

export interface SpanView {
  name: string;
  status: RunStatus | "WAITING";
  stepOp: string | null;
  /** Retries so far. */
  attempts: number;
  queuedAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  durationMs: number | null;
  error?: { name: string; message: string };
  wait?: { until: string | null };
  run?: { id: string; function: string; status: string | null };
  output?: unknown;
  children: SpanView[];
}

export interface DeferView {
  id: string;
  status: "SCHEDULED" | "STARTED" | "ABORTED" | "REJECTED";
  function: string | null;
  run: { id: string; function: string; status: string | null } | null;
  queuedAt: string;
  endedAt: string | null;
}

/** `GET /v2/runs/:id/trace` */
export interface TraceView {
  runId: string;
  rootSpan: SpanView;
  defers: DeferView[];
  parent: RunView["parent"];
}

/** `GET /v1/events` */
export interface EventView {
  internal_id: string;
  id: string;
  name: string;
  ts: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent.
  data: any;
  user: object;
}

export function hasEnded(run: { status: string }): boolean {
  return run.status !== "QUEUED" && run.status !== "RUNNING";
}
