import type { JsonObject } from "@stepfast/protocol";
import type { forksOf, forkView } from "../views/fork.ts";
import type { RunMetadata } from "../views/metadata.ts";
import type { rollbackView } from "../views/rollback.ts";
import type { parentView } from "../views/run.ts";
import type { WaitingFor } from "../views/waiting.ts";

export type SpanStatus = "QUEUED" | "RUNNING" | "WAITING" | "COMPLETED" | "FAILED" | "CANCELLED" | "SKIPPED";

/** One bar of a run's timeline: the run, a step of it, or an attempt. Times are ISO texts. */
export interface Span {
  id: string;
  name: string;
  status: SpanStatus;
  /** `RUN`, `SLEEP`, `WAIT_FOR_EVENT`, …; null for the run itself. */
  stepOp: string | null;
  /** sha1 of the step's id; null for the run itself. */
  stepId: string | null;
  /** Retries so far: 0 where the first attempt did it. */
  attempts: number;
  queuedAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  durationMs: number | null;
  /** What went wrong, in short; the whole error is the output. */
  error?: { name: string; message: string };
  /** What a sleep, wait or invoke waits or waited for. */
  wait?: StepWait;
  /** The invoked run. */
  run?: LinkedRun;
  /** What was noted about it. */
  metadata?: RunMetadata[];
  /** The run that did this step, which is not this one's own. */
  keptFrom?: string;
  /** At this step the rerun begins. */
  isForkPoint?: true;
  /** Of a span that user code made, while it was called for the span it is in. */
  userland?: UserlandFacts;
  /** With `includeOutput`: arguments and result. */
  input?: unknown;
  output?: unknown;
  children: Span[];
}

/** What OpenTelemetry tells of a span. */
export interface UserlandFacts {
  /** `INTERNAL`, `CLIENT`, … */
  kind: string;
  /** The library that made it. */
  scope: string;
  service: string | null;
  /** With `includeOutput`. */
  attributes?: JsonObject;
  events?: { at: string; name: string; attributes: JsonObject }[];
}

export interface StepWait {
  /** ISO time at which it ends by itself; null once it is over. */
  until: string | null;
  eventName?: string | null;
  expression?: string | null;
  signal?: string | null;
  functionId?: string | null;
  /** The wait ended by itself. */
  timedOut?: boolean;
}

export interface LinkedRun {
  id: string;
  /** Slug. */
  function: string;
  /** Null until the run exists. */
  status: SpanStatus | null;
}

/** A defer of a run. Its run has its own trace. */
export interface DeferView {
  /** The id as the user wrote it. */
  id: string;
  stepId: string;
  status: "SCHEDULED" | "STARTED" | "ABORTED" | "REJECTED";
  /** Slug of the deferred function. */
  function: string | null;
  /** Null until the defer was started. */
  run: LinkedRun | null;
  /** When it was recorded: with the next report of its run. */
  queuedAt: string | null;
  /** When it was started, aborted or rejected. */
  endedAt: string | null;
  /** Why it was rejected. */
  reason?: string;
}

/** The whole account of a run. */
export interface Trace {
  runId: string;
  rootSpan: Span;
  defers: DeferView[];
  /** The run that invoked or deferred this one. */
  parent: ReturnType<typeof parentView>;
  /** The run that this one repeats. */
  fork: ReturnType<typeof forkView>;
  /** Runs that repeat this one, the newest first. */
  forks: ReturnType<typeof forksOf>;
  hasMoreForks: boolean;
  /** What a live run waits for. */
  waiting: WaitingFor[];
  /** How its steps were undone; absent: there were none to undo. */
  rollback?: ReturnType<typeof rollbackView>;
}
