import { rolledBackStep, StepfastError } from "@stepfast/protocol";
import type { LoadedRun, RunRow, StepRow } from "@stepfast/store";
import { editedInput, editedStep, refuseInput } from "./edited-step.ts";
import { doersOf, type ForkCause, type RunFork } from "./fork.ts";
import { hasRollback } from "./rollback.ts";
import type { RunSeed } from "./run-seed.ts";
import { byResult, isRollback, isSettled, ROLLBACK_OP } from "./run-state.ts";

/** Where a rerun begins: at a step of the original, with other input if any is given. */
export interface RerunStart {
  /** The step's hash, or its id as the function names it. */
  stepId: string;
  /** In the place of what the function gives the step. */
  input?: unknown[] | undefined;
}

/** The run that repeats another. Its parent, if it has one, got its answer long ago. */
export function rerunSeed(
  original: RunRow,
  id: string,
  { spec, isAway }: Pick<RunSeed, "spec" | "isAway">,
  made: RunFork,
): RunSeed {
  const { functionId, appId, origin } = original;
  const originalRunId = original.originalRunId ?? original.id;
  const link = { parentRunId: null, parentStepId: null, originalRunId, fork: JSON.stringify(made) };
  return { id, functionId, appId, origin, ...link, spec, isAway };
}

export function eventIdsOf(run: RunRow): string[] {
  return run.eventIds === null ? [run.eventId] : (JSON.parse(run.eventIds) as string[]);
}

/** What a rerun from a step begins with. */
export interface RerunFromStep {
  fork: RunFork;
  /** Those found before the step, with their results, and the step itself, if it runs with other input than the code gives it. */
  steps: StepRow[];
}

/**
 * A rerun from a step keeps those found before it. What was undone is not kept: it runs again. Throws `step_not_found`,
 * `ambiguous_step`.
 */
export function rerunFromStep(
  original: LoadedRun,
  start: RerunStart,
  { runId, now, cause }: { runId: string; now: number; cause: ForkCause },
): RerunFromStep {
  const target = findStep(original.steps, start.stepId);
  // What is done twice is undone twice: it is not settled yet which of the two has to.
  if (original.steps.some((step) => step.op === ROLLBACK_OP && !isSettled(step)))
    throw beingUndone(original.run);
  const undone = undoneSteps(original.steps);
  const isKept = (step: StepRow) => step.settledNo !== null && !isBeside(step) && !undone.has(step.stepId);
  const kept = original.steps.filter((step) => step.no < target.no && isKept(step));
  if (isUnderWay(original.run) && kept.some(hasRollback)) throw mayUndo(original.run);
  kept.sort(byResult);
  const left = leftUndone(original.steps);
  const copies = kept.map((step, index) => {
    const opts = left.has(step.stepId) ? step.opts : withoutRollback(step);
    return { ...step, opts, runId, settledNo: index, childRunId: null };
  });
  copies.sort((a, b) => a.no - b.no);
  const steps: StepRow[] = copies.map((copy, no) => ({ ...copy, no }));
  // Where something before it runs again, the function has to come to the step by itself.
  const isReached = original.steps.every((each) => each.no >= target.no || !undone.has(each.stepId));
  if (start.input !== undefined) refuseInput(target, start.input);
  if (start.input !== undefined && !isReached) throw undoneBefore(target);
  // Repeated without input, a step that was edited before runs as it did then. Others are as the code says that is there by now.
  const input = isReached ? (start.input ?? editedInput(target)) : undefined;
  if (input !== undefined) steps.push(editedStep(target, { input, runId, no: steps.length, now }));
  const { stepId, userId: id, name } = target;
  const step = { stepId, id, name, edited: input !== undefined };
  return { fork: { ...cause, step, kept: doersOf(original.run, copies) }, steps };
}

function isUnderWay({ status }: RunRow): boolean {
  return status === "queued" || status === "running";
}

/** It would go on with what the other takes back when it fails. */
function mayUndo({ id }: RunRow): StepfastError {
  const message = `Run "${id}" is under way, and undoes its steps if it fails: wait until it has ended, or rerun all of it`;
  return new StepfastError("invalid_request", message);
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
