import type { RunRow, StepRow } from "@stepfast/store";
import { isoTime } from "./envelope.ts";
import { isLive } from "./waiting.ts";

const MAX_JOBS = 10;

interface Job {
  id: string;
  at: number;
  kind: string;
  attempt: number;
}

function stepJob(step: StepRow): Job | undefined {
  const id = `${step.runId}-${step.stepId}`;
  const at = step.dueAt ?? step.queuedAt;
  if (step.status === "planned") return { id, at: step.queuedAt, kind: "step", attempt: step.attempt };
  if (step.status === "retrying") return { id, at, kind: "retry", attempt: step.attempt };
  if (step.status === "waiting")
    return { id, at, kind: step.op === "Sleep" ? "sleep" : "timeout", attempt: step.attempt };
  return undefined;
}

/** What is still to be done for a live run, soonest first, at most ten (SERVER §4.2). */
export function jobViews(run: RunRow, steps: StepRow[]): object[] {
  if (!isLive(run)) return [];
  const jobs = steps.map(stepJob).filter((job) => job !== undefined);
  const isStart = run.status === "queued" || jobs.length === 0;
  if (isStart) jobs.push({ id: run.id, at: run.wakeAt ?? run.queuedAt, kind: "start", attempt: run.attempt });
  jobs.sort((a, b) => a.at - b.at);
  return jobs.slice(0, MAX_JOBS).map((job, position) => ({
    JobID: job.id,
    at: isoTime(job.at),
    position,
    kind: job.kind,
    attempt: job.attempt,
    Raw: null,
  }));
}
