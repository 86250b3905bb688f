import type { Span } from "@stepfast/server";
import { type Evidence, groupBy, stepsOf } from "../evidence.ts";
import type { LedgerLine } from "../ledger.ts";

/**
 * No execution came after the one that was recorded. Values are unique, so this is exact: of each attempt the last line
 * is the recorded one, and an attempt begins only after the one before was recorded.
 */
export function* checkSteps(evidence: Evidence): Generator<string> {
  const byRun = groupBy(evidence.ledger, (line) => line.runId);
  for (const run of evidence.runs) {
    const lines = groupBy(byRun.get(run.id) ?? [], (line) => line.step);
    const steps = stepsOf(evidence, run.id);
    for (const [name, executions] of lines) {
      const about = `step ${name} of run ${run.id} (${run.function.id})`;
      const mayBeOpen = run.status === "CANCELLED";
      for (const problem of problemsOf(executions, steps.get(name), mayBeOpen)) yield `${about}: ${problem}`;
    }
    for (const [name, step] of steps) {
      if (typeof step.output === "string" && step.stepOp === "RUN" && !lines.has(name))
        yield `step ${name} of run ${run.id} has a result and was never executed`;
    }
  }
  yield* checkCancelled(evidence, byRun);
  const runs = new Set(evidence.runs.map((run) => run.id));
  for (const runId of byRun.keys())
    if (!runs.has(runId)) yield `steps of run ${runId} ran, and it is not there`;
}

function* problemsOf(lines: LedgerLine[], step: Span | undefined, mayBeOpen: boolean): Generator<string> {
  const recorded = recordedValues(step);
  let attempt = 0;
  for (const [i, line] of lines.entries()) {
    if (line.attempt < attempt) yield `attempt ${line.attempt} ran after attempt ${attempt}`;
    if (line.attempt > attempt + 1) yield `attempt ${attempt + 1} was skipped`;
    attempt = line.attempt;
    const isLast = lines[i + 1]?.attempt !== attempt;
    const value = recorded.get(attempt);
    if (!isLast && value === line.value) yield `attempt ${attempt} ran again after it was recorded`;
    if (!isLast || value === line.value || (value === undefined && mayBeOpen && i === lines.length - 1))
      continue;
    yield `attempt ${attempt} is recorded as ${value} and not as ${line.value}`;
  }
}

/** By attempt: the message of a failed one, the result of the one that succeeded. */
function recordedValues(step: Span | undefined): Map<number, string> {
  const values = new Map<number, string>();
  for (const attempt of step?.children ?? []) {
    const number = Number(attempt.id.split(".").at(-1));
    if (attempt.status === "FAILED") values.set(number, attempt.error?.message ?? "");
    else if (attempt.status === "COMPLETED") values.set(number, String(step?.output));
  }
  return values;
}

/** After the acknowledgement only what was running then may still finish: one step, in these functions. */
function* checkCancelled(evidence: Evidence, byRun: Map<string, LedgerLine[]>): Generator<string> {
  for (const { runId, ledgerBytes } of evidence.courier.cancellations) {
    const run = evidence.runs.find(({ id }) => id === runId);
    if (run?.status !== "CANCELLED") yield `run ${runId} was cancelled, and is ${run?.status}`;
    const late = (byRun.get(runId) ?? []).filter((line) => line.offset >= ledgerBytes);
    if (late.length > 1) yield `run ${runId} went on for ${late.length} steps after it was cancelled`;
  }
}
