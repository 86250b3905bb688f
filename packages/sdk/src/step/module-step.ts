import { demandRun } from "../execution/ambient.ts";
import type { StepTools } from "../types/step-tools.ts";

/**
 * The step tools of the function or durable endpoint that is running. Throws `invalid_request` where none is. Where a
 * handler has `step` in its context, that one costs less.
 */
export const step: StepTools = new Proxy({} as StepTools, {
  get: (_target, name) => Reflect.get(demandRun("`step`").step, name),
});
