import type { RunRow, StepRow } from "@stepfast/store";
import type { z } from "zod";
import type { job } from "../schemas/run.ts";
import { isoText } from "./envelope.ts";
import { isLive } from "./waiting.ts";

const MAX_JOBS = 10;

type JobView = z.input<typeof job>;

interface Job {
  id: string;
  at: number;
  kind: JobView["kind"];
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
export function jobViews(run: RunRow, steps: StepRow[]): JobView[] {
  if (!isLive(run)) return [];
  const jobs = steps.map(stepJob).filter((job) => job !== undefined);
  const isStart = run.status === "queued" || jobs.length === 0;
  if (isStart) jobs.push({ id: run.id, at: run.wakeAt ?? run.queuedAt, kind: "start", attempt: run.attempt });
  jobs.sort((a, b) => a.at - b.at);
  return jobs.slice(0, MAX_JOBS).map((job, position) => ({
    JobID: job.id,
    at: isoText(job.at),
    position,
    kind: job.kind,
    attempt: job.attempt,
    Raw: null,
  }));
}
