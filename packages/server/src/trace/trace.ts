import { editedInput, forkOf } from "@stepfast/engine";
import type { WireError } from "@stepfast/protocol";
import type { AttemptRow, LoadedRun, MetadataRow, RunRow, StepRow } from "@stepfast/store";
import { isoTime, parsed } from "../views/envelope.ts";
import { forksOf, forkView, type KnownStatuses } from "../views/fork.ts";
import { metadataView, type NoteSum, sumNotes } from "../views/metadata.ts";
import { rollbackView } from "../views/rollback.ts";
import { parentView, statusV2 } from "../views/run.ts";
import { waitingFor } from "../views/waiting.ts";
import type { DeferView, Span, SpanStatus, Trace } from "./span.ts";
import { attemptSpan, linkedRun, span, stepSpan } from "./step-span.ts";
import { addUserland } from "./userland-span.ts";

/** The rows a trace is built from. */
export interface TraceRows {
  loaded: Pick<LoadedRun, "run" | "steps" | "waits">;
  attempts: AttemptRow[];
  /** Of the run and its steps. Default: nothing was noted. */
  metadata?: MetadataRow[];
  /** Runs this one invoked or deferred. */
  children: RunRow[];
  functionName: string;
  /** Runs that it repeats. Default: none of them is there. */
  statuses?: KnownStatuses;
  /** Runs with the same first run, the newest first. Default: there are none. */
  family?: { runs: RunRow[]; hasMore: boolean };
}

function isDefer(step: StepRow): boolean {
  return step.op === "DeferAdd";
}

function byStep<T extends { stepId: string }>(rows: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.stepId);
    if (group) group.push(row);
    else groups.set(row.stepId, [row]);
  }
  return groups;
}

function deferView(step: StepRow, child: RunRow | undefined): DeferView {
  const options: { fn_slug?: string } = step.opts === null ? {} : JSON.parse(step.opts);
  const slug = options.fn_slug ?? child?.functionId ?? null;
  const view: DeferView = {
    id: step.userId,
    stepId: step.stepId,
    status: step.status.toUpperCase() as DeferView["status"],
    function: slug,
    run: step.childRunId === null ? null : linkedRun(step.childRunId, slug ?? "", child),
    queuedAt: isoTime(step.queuedAt),
    endedAt: isoTime(step.endedAt),
  };
  if (step.status === "rejected" && step.output !== null) {
    const output: { reason?: string } = JSON.parse(step.output);
    if (output.reason !== undefined) view.reason = output.reason;
  }
  return view;
}

function rootSpan(rows: TraceRows, children: Span[], includeOutput: boolean): Span {
  const { run } = rows.loaded;
  const status = statusV2(run) as SpanStatus;
  const root = span({ id: run.id, name: rows.functionName, status, stepOp: null, stepId: null }, run);
  root.attempts = run.attempt;
  root.children = children;
  if (run.output !== null && (status === "FAILED" || status === "CANCELLED")) {
    const error: WireError = JSON.parse(run.output);
    root.error = { name: error.name, message: error.message };
  }
  if (includeOutput) root.output = parsed(run.output);
  return root;
}

/** Failed attempts of the function's body stand among its steps. */
function bodyAttempts(run: RunRow, rows: AttemptRow[], includeOutput: boolean): Span[] {
  return rows.map((row, index) => attemptSpan(row, rows[index - 1]?.endedAt ?? run.queuedAt, includeOutput));
}

function byTime(spans: Span[]): Span[] {
  const at = (each: Span) => each.queuedAt ?? "";
  return spans.sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
}

/** Puts what was noted to the spans it is about: the run, a step, an attempt, or the step of one that has no span. */
function addNotes(root: Span, notes: NoteSum[]): void {
  const spans = new Map([["", root]]);
  for (const step of root.children) {
    if (step.stepId === null) continue;
    spans.set(step.stepId, step);
    for (const attempt of step.children) spans.set(`${step.stepId} ${attempt.name}`, attempt);
  }
  for (const note of notes) {
    const ofAttempt = note.attempt === null ? undefined : spans.get(`${note.stepId} Attempt ${note.attempt}`);
    const span = ofAttempt ?? spans.get(note.stepId);
    if (span) span.metadata = [...(span.metadata ?? []), metadataView(note)];
  }
}

/** Most that a trace lists of the runs that repeat one. */
const FORKS = 100;

function forksView(
  { loaded: { run, steps }, statuses = new Map(), family = { runs: [], hasMore: false } }: TraceRows,
  includeOutput: boolean,
): Pick<Trace, "fork" | "forks" | "hasMoreForks"> {
  const at = forkOf(run)?.step?.stepId;
  const begun = at === undefined ? undefined : steps.find(({ stepId }) => stepId === at);
  const forks = forksOf(run, family.runs);
  return {
    fork: forkView(run, { statuses, input: includeOutput && begun ? editedInput(begun) : undefined }),
    forks: forks.slice(0, FORKS),
    hasMoreForks: family.hasMore || forks.length > FORKS,
  };
}

/** A run's trace: the run, its steps, their attempts; its defers; the runs it started and the one it belongs to. */
export function buildTrace(rows: TraceRows, options: { includeOutput: boolean }): Trace {
  const { run, steps, waits } = rows.loaded;
  const { includeOutput } = options;
  const attempts = byStep(rows.attempts);
  const openWaits = new Map(waits.map((wait) => [wait.stepId, wait]));
  const children = new Map(rows.children.map((child) => [child.id, child]));
  const fork = forkOf(run);
  const childOf = (step: StepRow) => (step.childRunId === null ? undefined : children.get(step.childRunId));
  const stepSpans = steps
    .filter((step) => !isDefer(step) && step.op !== "Rollback")
    .map((step) =>
      stepSpan(step, {
        run,
        attempts: attempts.get(step.stepId) ?? [],
        wait: openWaits.get(step.stepId),
        child: childOf(step),
        fork,
        includeOutput,
      }),
    );
  const undone = rollbackView(steps);
  const spans = byTime([...stepSpans, ...bodyAttempts(run, attempts.get("") ?? [], includeOutput)]);
  const root = rootSpan(rows, spans, includeOutput);
  addNotes(root, sumNotes(rows.metadata ?? []));
  addUserland(root, rows.metadata ?? [], includeOutput);
  return {
    runId: run.id,
    rootSpan: root,
    defers: steps.filter(isDefer).map((step) => deferView(step, childOf(step))),
    parent: parentView(run),
    ...forksView(rows, includeOutput),
    waiting: waitingFor(run, steps, waits),
    ...(undone ? { rollback: undone } : {}),
  };
}
