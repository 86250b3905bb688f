import { rolledBackStep, StepfastError } from "@stepfast/protocol";
import type { LoadedRun, RunRow, StepRow } from "@stepfast/store";
import type { RunSeed } from "./new-run.ts";
import { hasRollback } from "./rollback.ts";
import { byResult, isRollback, isSettled, ROLLBACK_OP } from "./run-state.ts";

/** Where a rerun begins: at a step of the original, with other input if any is given. */
export interface RerunStart {
  /** The step's hash, or its id as the function names it. */
  stepId: string;
  /** In the place of what the function gives the step. */
  input?: unknown[] | undefined;
}

/** The run that repeats another. Its parent, if it has one, got its answer long ago. */
export function rerunSeed(original: RunRow, id: string, spec: RunSeed["spec"]): RunSeed {
  const { functionId, appId, origin } = original;
  const originalRunId = original.originalRunId ?? original.id;
  return { id, functionId, appId, origin, parentRunId: null, parentStepId: null, spec, originalRunId };
}

export function eventIdsOf(run: RunRow): string[] {
  return run.eventIds === null ? [run.eventId] : (JSON.parse(run.eventIds) as string[]);
}

/**
 * The steps a rerun from a step keeps: those found before it, with their results, and the step itself, to be run anew. What
 * was undone is not kept: it runs again. Throws `step_not_found`, `ambiguous_step`.
 */
export function keptSteps(original: LoadedRun, start: RerunStart, runId: string, now: number): StepRow[] {
  const target = findStep(original.steps, start.stepId);
  // What is done twice is undone twice: it is not settled yet which of the two has to.
  if (original.steps.some((step) => step.op === ROLLBACK_OP && !isSettled(step)))
    throw beingUndone(original.run);
  const undone = undoneSteps(original.steps);
  const isKept = (step: StepRow) => step.settledNo !== null && !isBeside(step) && !undone.has(step.stepId);
  const kept = original.steps.filter((step) => step.no < target.no && isKept(step));
  kept.sort(byResult);
  const left = leftUndone(original.steps);
  const copies = kept.map((step, index) => {
    const opts = left.has(step.stepId) ? step.opts : withoutRollback(step);
    return { ...step, opts, runId, settledNo: index, childRunId: null };
  });
  copies.sort((a, b) => a.no - b.no);
  const numbered = copies.map((step, no) => ({ ...step, no }));
  // Where something before it runs again, the function has to come to the step by itself.
  const isReached = original.steps.every((step) => step.no >= target.no || !undone.has(step.stepId));
  if (!isReached && start.input !== undefined) throw undoneBefore(target);
  if (!isReached) return numbered;
  if (runsCode(target)) return [...numbered, anew(target, start, runId, copies.length, now)];
  // A wait is opened anew when the function comes to it.
  if (start.input === undefined) return numbered;
  throw new StepfastError("invalid_request", `The step "${target.name}" takes no input: it only waits`);
}

function beingUndone({ id }: RunRow): StepfastError {
  return new StepfastError(
    "invalid_request",
    `The steps of run "${id}" are being undone: wait until it has ended`,
  );
}

function undoneBefore({ name }: StepRow): StepfastError {
  const message = `Steps before "${name}" were undone and run again: rerun the whole run, or from a step before those`;
  return new StepfastError("invalid_request", message);
}

function isBeside(step: StepRow): boolean {
  return step.op === "DeferAdd" || isRollback(step);
}

function undoneSteps(steps: StepRow[]): Set<string> {
  return targetsOf(steps.filter((step) => step.status === "completed"));
}

/** What the original could not undo is the rerun's to undo, should it fail too. */
function leftUndone(steps: StepRow[]): Set<string> {
  return targetsOf(steps.filter((step) => step.status !== "completed"));
}

function targetsOf(rollbacks: StepRow[]): Set<string> {
  return new Set(rollbacks.map((step) => rolledBackStep(step.stepId)).filter((id) => id !== undefined));
}

/** A run undoes what it did itself: what it was given by another is that one's. */
function withoutRollback(step: StepRow): string | null {
  if (!hasRollback(step)) return step.opts;
  const { rollback: _, ...others } = JSON.parse(step.opts ?? "{}") as Record<string, unknown>;
  return Object.keys(others).length > 0 ? JSON.stringify(others) : null;
}

const WAITS: ReadonlySet<string> = new Set(["Sleep", "WaitForEvent", "WaitForSignal", "InvokeFunction"]);

function runsCode(step: StepRow): boolean {
  return !WAITS.has(step.op);
}

function findStep(steps: StepRow[], stepId: string): StepRow {
  const runnable = steps.filter((step) => !isBeside(step));
  const byHash = runnable.find((step) => step.stepId === stepId);
  if (byHash) return byHash;
  const named = runnable.filter((step) => step.userId === stepId || step.name === stepId);
  const [step] = named;
  if (!step) throw new StepfastError("step_not_found", `The run has no step "${stepId}"`);
  if (named.length === 1) return step;
  throw new StepfastError(
    "ambiguous_step",
    `The run has ${named.length} steps named "${stepId}": give the step's hash`,
  );
}

/** The step as if it had just been planned; what it runs with is in `opts`. */
function anew(step: StepRow, start: RerunStart, runId: string, no: number, now: number): StepRow {
  const opts = start.input === undefined ? step.opts : editedOpts(step.opts, start.input);
  return {
    ...step,
    runId,
    no,
    opts,
    status: "planned",
    attempt: 0,
    dueAt: null,
    output: null,
    settledNo: null,
    queuedAt: now,
    startedAt: null,
    endedAt: null,
    childRunId: null,
  };
}

function editedOpts(opts: string | null, input: unknown[]): string {
  const before = opts === null ? {} : (JSON.parse(opts) as object);
  return JSON.stringify({ ...before, editedInput: input });
}

/** What replaces the input of a step that a rerun has planned; undefined: nothing does. */
export function editedInput(step: StepRow): unknown[] | undefined {
  if (step.opts === null || !step.opts.includes('"editedInput"')) return undefined;
  return (JSON.parse(step.opts) as { editedInput?: unknown[] }).editedInput;
}
