import type { Inngest } from "../client/client.ts";
import type { StepOptions } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import { type Ambient, runAs, wantedRun } from "./ambient.ts";
import { type RunningBody, runInBody, wantedBody } from "./nesting.ts";

const PLACE = Symbol("place");

/** The run that code belongs to, for libraries that are called within functions. */
export interface AsyncContext {
  /** The client of the function that is running. */
  app: Inngest<Untyped>;
  execution: {
    /** What the function's handler was called with. */
    ctx: Untyped;
    /** Absent outside the body of a step. */
    executingStep?: StepOptions & { hashedId: string; userlandId: string };
  };
  /** Where it was taken, for `runWithAsyncCtx`. */
  readonly [PLACE]?: { run: Ambient | undefined; body: RunningBody | undefined };
}

/** Where the running code is; undefined where it is part of no function. */
export async function getAsyncCtx(): Promise<AsyncContext | undefined> {
  const run = wantedRun();
  const body = wantedBody();
  if (!run) return undefined;
  const execution: AsyncContext["execution"] = { ctx: run.context };
  if (body) {
    const { options, id, userId } = body.step;
    execution.executingStep = { ...options, hashedId: id, userlandId: userId };
  }
  return { app: run.replay.call.fn.client, execution, [PLACE]: { run, body } };
}

/** Runs code where a context was taken: a callback that another place calls then belongs to the function after all. */
export function runWithAsyncCtx<R>(context: AsyncContext, code: () => R): R {
  const place = context[PLACE];
  return place ? runAs(place.run, () => runInBody(place.body, code)) : code();
}
