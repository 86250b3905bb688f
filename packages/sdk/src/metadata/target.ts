import { StepfastError } from "@stepfast/protocol";
import { noRun } from "../execution/ambient.ts";
import type { FoundStep } from "../execution/found-step.ts";

/** What a note is about, as far as the user said; null: the one that is running. */
export interface MetadataConfig {
  runId?: string | null;
  stepId?: string | null;
  stepIndex?: number;
  attempt?: number | null;
  spanId?: string;
}

/** The code that notes something. */
export interface Here {
  runId: string | undefined;
  /** Absent outside the body of a step. */
  step: FoundStep | undefined;
  attempt: number | undefined;
}

/** What a note is about (PROTOCOL §8, `POST /v1/runs/{id}/metadata`). */
export interface MetadataTarget {
  run_id: string;
  step_id?: string;
  step_index?: number;
  step_attempt?: number;
  span_id?: string;
}

/** Throws `invalid_request` if that cannot be told from where the code is. */
export function targetOf(config: MetadataConfig, here: Here): MetadataTarget {
  const runId = config.runId ?? here.runId;
  if (!runId) throw noRun("Say which run with run(id), or with `runId`: there is none here");
  const step = runId === here.runId ? here.step : undefined;
  const wantsCurrent = config.stepId === null || config.attempt === null;
  if (wantsCurrent && !step)
    throw unknown("step() and attempt() without a value are for the body of a step of that run");
  const isOfStep = config.stepId !== undefined || config.spanId !== undefined || config.runId === undefined;
  const stepId = isOfStep ? (config.stepId ?? step?.id) : undefined;
  const attempt = attemptOf(config, here, step);
  return {
    run_id: runId,
    ...(stepId === undefined ? {} : { step_id: stepId }),
    ...(config.stepIndex === undefined ? {} : { step_index: config.stepIndex }),
    ...(stepId === undefined || attempt === undefined ? {} : { step_attempt: attempt }),
    ...(config.spanId === undefined ? {} : { span_id: config.spanId }),
  };
}

/** A step that is named is meant as a whole, the one that is running as this attempt of it. */
function attemptOf({ attempt, stepId }: MetadataConfig, here: Here, step: FoundStep | undefined) {
  if (attempt !== undefined) return attempt ?? here.attempt;
  return typeof stepId === "string" || !step ? undefined : here.attempt;
}

/** Whether a note is about the step that is running, or about its run: then it goes along with the step's result. */
export function ridesAlong(config: MetadataConfig, here: Here): boolean {
  const { runId, stepId, stepIndex = 0, attempt, spanId } = config;
  if (!here.step || spanId !== undefined) return false;
  if ((runId ?? here.runId) !== here.runId || (attempt ?? here.attempt) !== here.attempt) return false;
  if (typeof stepId !== "string") return true;
  return stepId === here.step.userId && stepIndex === (here.step.index ?? 0);
}

function unknown(message: string): StepfastError {
  return new StepfastError("invalid_request", message);
}
