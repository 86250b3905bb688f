import { type JsonObject, type OpMetadata, type OpOptions, StepfastError } from "@stepfast/protocol";
import { NonRetriableError } from "../errors/non-retriable-error.ts";
import type { Replay } from "../execution/replay.ts";
import type { ExperimentRef } from "../types/context.ts";
import type { StepOptionsOrId } from "../types/step-tools.ts";
import { type GroupScope, groupScopes } from "./scope.ts";
import type { ExperimentSelect } from "./strategies.ts";

export interface ParallelOptions {
  /** The function goes on as soon as one of the steps is done. */
  mode?: "race";
}

type Variants = Record<string, () => unknown>;

export interface ExperimentResult<TResult> {
  result: TResult;
  variant: string;
  experimentRef: ExperimentRef;
}

/** Runs one of several variants: the choice is a step, what the variant does is made of steps of its own. */
export type GroupExperiment = <TVariants extends Variants>(
  id: StepOptionsOrId,
  options: { variants: TVariants; select: ExperimentSelect },
) => Promise<ExperimentResult<Awaited<ReturnType<TVariants[keyof TVariants]>>>>;

/** What concerns several steps together. */
export interface GroupTools {
  /** All steps made within the callback race: the function goes on when the first of them is done. */
  parallel<T>(callback: () => Promise<T>): Promise<T>;
  parallel<T>(options: ParallelOptions, callback: () => Promise<T>): Promise<T>;
  experiment: GroupExperiment;
  /** Runs the callback. Traces of this server group nothing by it: it is here for code that calls it. */
  "~span"<T>(span: { id: string; name?: string; origin?: string }, callback: () => T): T;
}

const EXPERIMENT: OpOptions = Object.freeze({ type: "group.experiment" });

export function createGroupTools(replay: Replay): GroupTools {
  return {
    parallel: async <T>(first: ParallelOptions | (() => Promise<T>), second?: () => Promise<T>) => {
      const callback = typeof first === "function" ? first : second;
      if (!callback) throw new StepfastError("invalid_request", "group.parallel needs a function");
      return within({ parallelMode: "race" }, callback);
    },
    experiment: (id, options) => runExperiment(replay, id, options) as never,
    "~span": (_span, callback) => callback(),
  };
}

async function within<T>(what: Partial<GroupScope>, callback: () => T | Promise<T>): Promise<T> {
  if (!groupScopes) {
    const message = 'This runtime cannot follow groups: give each step `parallelMode: "race"` instead';
    throw new StepfastError("invalid_request", message);
  }
  const outer = groupScopes.getStore();
  return groupScopes.run({ hasSteps: false, ...what, outer }, callback);
}

async function runExperiment(
  replay: Replay,
  id: StepOptionsOrId,
  { variants, select }: { variants: Variants; select: ExperimentSelect },
): Promise<ExperimentResult<unknown>> {
  const names = Object.keys(variants);
  const experimentName = typeof id === "string" ? id : id.id;
  const experimentStepID = replay.ids.peek(experimentName);
  const variant = await replay.find(id, {
    type: "group.experiment",
    op: "StepRun",
    opts: EXPERIMENT,
    body: () => choose(replay, select, { experimentName, names }),
  });
  const run = typeof variant === "string" && Object.hasOwn(variants, variant) ? variants[variant] : undefined;
  if (!run || typeof variant !== "string") throw unknownVariant(experimentName, variant, names);
  const scope: GroupScope = {
    hasSteps: false,
    outer: groupScopes?.getStore(),
    variant: { experimentStepID, experimentName, variant, selectionStrategy: select.strategy },
  };
  const result = await (groupScopes ? groupScopes.run(scope, run) : run());
  if (groupScopes && !scope.hasSteps) {
    const message = `Variant "${variant}" of experiment "${experimentName}" made no step: it would be done again with each replay`;
    throw new NonRetriableError(message);
  }
  return { result, variant, experimentRef: { experimentName, variant } };
}

/** Within a step: what it throws for good is not tried again. */
async function choose(
  replay: Replay,
  select: ExperimentSelect,
  { experimentName, names }: { experimentName: string; names: string[] },
): Promise<string> {
  const step = replay.nesting.current;
  let variant: unknown;
  try {
    variant = await select.choose({ runId: replay.call.request.ctx.run_id, variants: names });
  } catch (cause) {
    const isNested = StepfastError.is(cause) && cause.code === "nested_step";
    if (isNested) throw new NonRetriableError(cause.message, { cause });
    throw cause;
  }
  if (typeof variant !== "string" || !names.includes(variant))
    throw unknownVariant(experimentName, variant, names);
  step?.note(noteOf(select, { name: experimentName, variant, available_variants: names }), false);
  return variant;
}

/** The choice as the engine keeps it with the step (PROTOCOL §5.4). */
function noteOf({ strategy, weights }: ExperimentSelect, choice: JsonObject): OpMetadata {
  const values = {
    ...choice,
    selection_strategy: strategy,
    ...(weights && { variant_weights: { ...weights } }),
  };
  return { kind: "inngest.experiment", scope: "step", op: "set", values };
}

function unknownVariant(experimentName: string, variant: unknown, names: string[]): NonRetriableError {
  const message = `Experiment "${experimentName}" has no variant "${String(variant)}", only ${names.join(", ")}`;
  return new NonRetriableError(message);
}
