import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Inngest } from "../client/client.ts";
import { follow } from "../execution/following.ts";
import { createDefer, type DeferredFunction, type DeferredOptions } from "../function/deferred.ts";
import type { DataOf } from "../function/event-type.ts";
import type { DeferParent, DeferredHandler } from "../types/context.ts";
import type { Untyped } from "../types/untyped.ts";
import type { ScoreOptions } from "./score.ts";

/** What a scorer found: a score of the run that deferred it, of another one, or none. */
export type ScorerResult = ScoreOptions | null | undefined;

/**
 * Makes a deferred function whose result is a score, by default of the run that deferred it. The score is written in a step
 * named `score`; with the experiment's variant if the run gave one to `defer`.
 */
export function createScorer<TSchema extends StandardSchemaV1 | undefined = undefined>(
  client: Inngest<Untyped>,
  options: DeferredOptions<TSchema>,
  handler: DeferredHandler<DataOf<TSchema>, ScorerResult | Promise<ScorerResult>>,
): DeferredFunction<TSchema, Promise<ScorerResult>> {
  follow();
  return createDefer<TSchema, Promise<ScorerResult>>(client, options, async (context) => {
    const result = await handler(context);
    const [parent] = context.parents;
    if (result && parent) await context.step.run("score", () => writeFor(client, parent, result));
    return result;
  });
}

async function writeFor(
  client: Inngest<Untyped>,
  { runId, experiment }: DeferParent,
  result: ScoreOptions,
): Promise<void> {
  const score = { runId, ...result };
  await (experiment ? client.score.experiment({ ...score, experiment }) : client.score(score));
}
