import type { Span } from "@stepfast/server";
import { type Evidence, groupBy } from "../evidence.ts";
import type { Execution } from "../ledger.ts";
import { recordedValues, stepsOf } from "../record.ts";

/** Begins the message of the error `worker_lost`. */
const WORKER_LOST = /^(The|A) worker /i;

/**
 * No execution came after the one that was recorded. Values are unique, so this is exact: of each attempt the last
 * execution is the recorded one, and an attempt begins only after the one before was recorded, or was lost with its worker.
 */
export function* checkSteps(evidence: Evidence): Generator<string> {
  const byRun = groupBy(evidence.executions, ({ runId }) => runId);
  for (const run of evidence.runs) {
    const byStep = groupBy(byRun.get(run.id) ?? [], ({ step }) => step);
    const steps = stepsOf(evidence.traces.get(run.id));
    for (const [name, executions] of byStep) {
      const about = `step ${name} of run ${run.id} (${run.function.id})`;
      const mayBeOpen = run.status === "CANCELLED";
      for (const problem of problemsOf(executions, steps.get(name), mayBeOpen)) yield `${about}: ${problem}`;
    }
    for (const [name, step] of steps) {
      if (typeof step.output === "string" && step.stepOp === "RUN" && !byStep.has(name))
        yield `step ${name} of run ${run.id} has a result and was never executed`;
    }
  }
  const runs = new Set(evidence.runs.map((run) => run.id));
  for (const runId of byRun.keys())
    if (!runs.has(runId)) yield `steps of run ${runId} ran, and it is not there`;
}

function* problemsOf(executions: Execution[], step: Span | undefined, mayBeOpen: boolean): Generator<string> {
  const recorded = recordedValues(step);
  let attempt = 0;
  for (const [i, execution] of executions.entries()) {
    if (execution.attempt < attempt) yield `attempt ${execution.attempt} ran after attempt ${attempt}`;
    // A worker may be lost with a call whose steps have not begun.
    const mayBeLost = execution.connection !== undefined;
    if (execution.attempt > attempt + 1 && !mayBeLost) yield `attempt ${attempt + 1} was skipped`;
    attempt = execution.attempt;
    const isLast = executions[i + 1]?.attempt !== attempt;
    const value = recorded.get(attempt);
    const isRecorded = value === execution.value;
    if (isRecorded && execution.endedAt === undefined) yield `attempt ${attempt} is recorded and never ended`;
    if (isRecorded && !isLast) yield `attempt ${attempt} ran again after it was recorded`;
    const isLastOfAll = i === executions.length - 1;
    if (!isLast || isRecorded || (value === undefined && mayBeOpen && isLastOfAll)) continue;
    // Its worker was lost with it: the next attempt is another one.
    if (mayBeLost && !isLastOfAll && (value === undefined || WORKER_LOST.test(value))) continue;
    yield `attempt ${attempt} is recorded as ${value} and not as ${execution.value}`;
  }
}
