import { StepfastError } from "@stepfast/protocol";
import type { Inngest } from "../client/client.ts";
import { note } from "../metadata/note.ts";
import type { MetadataConfig } from "../metadata/target.ts";
import type { ExperimentRef } from "../types/context.ts";
import type { Untyped } from "../types/untyped.ts";

export interface ScoreOptions {
  /** No more than 128 bytes, without `'` and control characters. */
  name: string;
  value: number | boolean;
  /** Default: the run that is running. */
  runId?: string;
  /** Default: with `runId` none; without it the step that is running, if one is. */
  stepId?: string;
}

export type ScoreExperimentOptions = ScoreOptions & {
  /** What `group.experiment` gave. */
  experiment: ExperimentRef;
};

/** `client.score`. */
export interface ClientScore {
  /** Scores a run or a step, also one that has ended. Throws `invalid_request` for what is no score. */
  (options: ScoreOptions): Promise<void>;
  /**
   * Scores the variant that an experiment chose. To be found with the experiment the score must be the run's: call it outside
   * steps, or with a `runId`.
   */
  experiment(options: ScoreExperimentOptions): Promise<void>;
}

const KIND = "inngest.score";
const EXPERIMENT_KIND = "inngest.experiment";
const MAX_NAME_BYTES = 128;

export function clientScore(client: Inngest<Untyped>): ClientScore {
  const score = async (options: ScoreOptions): Promise<void> => {
    checkScore(options);
    await writeScore(client, placeOf(options), options);
  };
  const experiment = async (options: ScoreExperimentOptions): Promise<void> => {
    checkScore(options);
    checkExperiment(options.experiment);
    const place = placeOf(options);
    const { experimentName: name, variant } = options.experiment;
    await note(client, place, { kind: EXPERIMENT_KIND, op: "merge", values: { name, variant } });
    await writeScore(client, place, options);
  };
  return Object.assign(score, { experiment });
}

/** Where a score goes. */
function placeOf({ runId, stepId }: ScoreOptions): MetadataConfig {
  return { ...(runId === undefined ? {} : { runId }), ...(stepId === undefined ? {} : { stepId }) };
}

export function writeScore(
  client: Inngest<Untyped>,
  place: MetadataConfig,
  { name, value }: ScoreOptions,
): Promise<void> {
  return note(client, place, { kind: KIND, op: "merge", values: { [name]: { value } } });
}

/** Throws `invalid_request`. */
export function checkScore(options: ScoreOptions): void {
  const { name, value, runId, stepId } = options ?? {};
  checkText(name, "name");
  if (runId !== undefined) checkText(runId, "runId");
  if (stepId !== undefined) checkText(stepId, "stepId");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\x00-\x1f\x7f']/.test(name)) throw wrong("its name holds no ' and no control characters");
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES)
    throw wrong(`its name has no more than ${MAX_NAME_BYTES} bytes`);
  if (typeof value !== "boolean" && !Number.isFinite(value))
    throw wrong("its value is a finite number, true or false");
}

function checkExperiment(experiment: ExperimentRef): void {
  checkText(experiment?.experimentName, "experiment.experimentName");
  checkText(experiment.variant, "experiment.variant");
}

function checkText(value: unknown, field: string): void {
  if (typeof value !== "string" || value.trim() === "")
    throw wrong(`its ${field} is a text that is not empty`);
}

function wrong(what: string): StepfastError {
  return new StepfastError("invalid_request", `A score: ${what}`);
}
