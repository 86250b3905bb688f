import { editedInput, keptFrom, type RunFork } from "@stepfast/engine";
import type { WireError } from "@stepfast/protocol";
import type { AttemptRow, RunRow, StepRow, WaitRow } from "@stepfast/store";
import { isoTime } from "../views/envelope.ts";
import { statusV2 } from "../views/run.ts";
import { isLive } from "../views/waiting.ts";
import type { LinkedRun, Span, SpanStatus, StepWait } from "./span.ts";

/** What a step's span is made of, beside the step. */
export interface StepContext {
  run: RunRow;
  /** Of the step, in order. */
  attempts: AttemptRow[];
  /** The open wait of the step. */
  wait: WaitRow | undefined;
  child: RunRow | undefined;
  /** Where the run comes from. */
  fork: RunFork | null;
  includeOutput: boolean;
}

interface StepOptions {
  input?: unknown;
  payload?: unknown;
  event?: string;
  if?: string;
  signal?: string;
  function_id?: string;
}

const stepOps: Record<string, string> = {
  StepRun: "RUN",
  Sleep: "SLEEP",
  WaitForEvent: "WAIT_FOR_EVENT",
  WaitForSignal: "WAIT_FOR_SIGNAL",
  InvokeFunction: "INVOKE",
  AIGateway: "AI_GATEWAY",
  Gateway: "GATEWAY",
  StepRollback: "ROLLBACK",
};

/** Steps whose body is executed: only these have attempts. */
const bodyOps = new Set(["StepRun", "AIGateway", "Gateway", "StepRollback"]);

export function linkedRun(id: string, functionId: string, row: RunRow | undefined): LinkedRun {
  return { id, function: row?.functionId ?? functionId, status: row ? (statusV2(row) as SpanStatus) : null };
}

export function span(
  base: Pick<Span, "id" | "name" | "status" | "stepOp" | "stepId">,
  times: { queuedAt: number | null; startedAt: number | null; endedAt: number | null },
): Span {
  const from = times.startedAt ?? times.queuedAt;
  // A step that ran inside a call may be told of only afterwards: it was queued when it started.
  const queuedAt = times.queuedAt === null ? null : Math.min(times.queuedAt, from ?? times.queuedAt);
  return {
    ...base,
    attempts: 0,
    queuedAt: isoTime(queuedAt),
    startedAt: isoTime(times.startedAt),
    endedAt: isoTime(times.endedAt),
    durationMs: times.endedAt === null || from === null ? null : Math.max(0, times.endedAt - from),
    children: [],
  };
}

function statusOf(step: StepRow, run: RunRow): SpanStatus {
  if (step.status === "completed") return "COMPLETED";
  if (step.status === "failed") return "FAILED";
  if (!isLive(run)) return "CANCELLED";
  if (step.status === "waiting") return "WAITING";
  if (step.status === "retrying") return "RUNNING";
  return step.startedAt === null ? "QUEUED" : "RUNNING";
}

/** A stored step value (PROTOCOL §3.1) as the function sees it; an error as itself. */
export function stepResult(step: StepRow): unknown {
  if (step.output === null) return null;
  const value: unknown = JSON.parse(step.output);
  const wrapped = (value ?? {}) as { data?: unknown; error?: unknown };
  if (step.status === "failed") return wrapped.error ?? value;
  const isRaw = step.op === "Sleep" || step.op === "WaitForEvent" || value === null;
  return isRaw ? value : (wrapped.data ?? null);
}

function waitOf(step: StepRow, options: StepOptions, wait: WaitRow | undefined): StepWait | undefined {
  const until = isoTime(step.dueAt);
  const timedOut = step.status === "completed" && step.output === "null";
  switch (step.op) {
    case "Sleep":
      return { until };
    case "WaitForEvent":
      return {
        until,
        eventName: options.event ?? wait?.name ?? null,
        expression: options.if ?? null,
        timedOut,
      };
    case "WaitForSignal":
      return { until, signal: options.signal ?? null, timedOut };
    case "InvokeFunction":
      return { until, functionId: options.function_id ?? null };
    default:
      return undefined;
  }
}

export function attemptSpan(row: AttemptRow, queuedAt: number, includeOutput: boolean): Span {
  const error: WireError = JSON.parse(row.error);
  const made = span(
    {
      id: `${row.runId}.${row.stepId || "function"}.${row.attempt}`,
      name: `Attempt ${row.attempt}`,
      status: "FAILED",
      stepOp: null,
      stepId: row.stepId || null,
    },
    { queuedAt, startedAt: row.startedAt, endedAt: row.endedAt },
  );
  made.error = { name: error.name, message: error.message };
  if (includeOutput) made.output = error;
  return made;
}

/** The attempt that settled the step, or the one that is next; undefined if it is among the failed ones. */
function lastAttempt(step: StepRow, status: SpanStatus, context: StepContext): Span | undefined {
  if (context.attempts.some((row) => row.attempt === step.attempt)) return undefined;
  const queuedAt = context.attempts.at(-1)?.endedAt ?? step.queuedAt;
  const isNext = step.status === "retrying" && status !== "CANCELLED";
  const made = span(
    {
      id: `${step.runId}.${step.stepId}.${step.attempt}`,
      name: `Attempt ${step.attempt}`,
      status: isNext ? "QUEUED" : status,
      stepOp: null,
      stepId: step.stepId,
    },
    { queuedAt, startedAt: step.endedAt === null ? null : step.startedAt, endedAt: step.endedAt },
  );
  if (isNext) made.wait = { until: isoTime(step.dueAt) };
  return made;
}

function attemptSpans(step: StepRow, status: SpanStatus, context: StepContext): Span[] {
  if (!bodyOps.has(step.op) && context.attempts.length === 0) return [];
  const failed = context.attempts.map((row, index) =>
    attemptSpan(row, context.attempts[index - 1]?.endedAt ?? step.queuedAt, context.includeOutput),
  );
  const last = lastAttempt(step, status, context);
  return last === undefined ? failed : [...failed, last];
}

/** The span of a step, its attempts below it. */
export function stepSpan(step: StepRow, context: StepContext): Span {
  const options: StepOptions = step.opts === null ? {} : JSON.parse(step.opts);
  const status = statusOf(step, context.run);
  const stepOp = stepOps[step.op] ?? step.op;
  // The row tells of the last attempt; the step began with the first.
  const startedAt = context.attempts[0]?.startedAt ?? step.startedAt;
  const made = span(
    { id: `${step.runId}.${step.stepId}`, name: step.name, status, stepOp, stepId: step.stepId },
    { ...step, startedAt },
  );
  made.attempts = step.attempt;
  const from = keptFrom(context.fork, step);
  if (from !== null) made.keptFrom = from;
  else made.children = attemptSpans(step, status, context);
  if (context.fork?.step?.stepId === step.stepId) made.isForkPoint = true;
  const wait = waitOf(step, options, context.wait);
  if (wait) made.wait = wait;
  if (step.op === "InvokeFunction" && step.childRunId !== null) {
    made.run = linkedRun(step.childRunId, options.function_id ?? "", context.child);
  }
  if (step.status === "failed") {
    const error = stepResult(step) as WireError;
    made.error = { name: error.name, message: error.message };
  }
  if (context.includeOutput) {
    made.input = editedInput(step) ?? options.input ?? options.payload ?? null;
    made.output = stepResult(step);
  }
  return made;
}
