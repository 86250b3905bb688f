import { follow } from "../execution/following.ts";
import { BaseMiddleware, type FunctionInputArgs } from "../middleware/base.ts";
import type { StepOptionsOrId } from "../types/step-tools.ts";
import { checkScore, type ScoreOptions, writeScore } from "./score.ts";

type WithTool = FunctionInputArgs & {
  ctx: {
    step: {
      /** Scores the run, or the step with `stepId`, in a step with this id. */
      score(id: StepOptionsOrId, options: ScoreOptions): Promise<void>;
    };
  };
};

/** Middleware that adds `step.score`. */
export function scoreMiddleware() {
  follow();
  return class Score extends BaseMiddleware {
    readonly id = "score";

    override transformFunctionInput({ ctx, ...rest }: FunctionInputArgs): WithTool {
      const { step } = ctx;
      const score = async (id: StepOptionsOrId, options: ScoreOptions): Promise<void> => {
        checkScore(options);
        const { runId, stepId } = options;
        const place = stepId === undefined ? { runId: runId ?? null } : { runId: runId ?? null, stepId };
        await step.run(id, () => writeScore(this.client, place, options));
      };
      return { ...rest, ctx: { ...ctx, step: { ...step, score } } };
    }
  };
}
