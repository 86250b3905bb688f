import { StepfastError } from "@stepfast/protocol";
import type { FoundStep } from "./found-step.ts";
import type { ReplayCall } from "./replay.ts";

/** Tells the client's own logger of an attempt that failed: the app's console is where its developer looks first. */
export function logFailure({ fn, slug, request }: ReplayCall, thrown: unknown, step?: FoundStep): void {
  // Another call goes on with the run: nothing failed.
  if (StepfastError.is(thrown) && thrown.code === "stale_dispatch") return;
  const place = { runID: request.ctx.run_id, function: slug, ...(step ? { step: step.userId } : {}) };
  try {
    fn.client.internalLogger.error({ err: thrown, ...place }, step ? "A step failed" : "A function failed");
  } catch {
    // A logger that throws changes nothing of what is answered.
  }
}
