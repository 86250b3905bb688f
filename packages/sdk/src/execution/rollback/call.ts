import { rolledBackStep } from "@stepfast/protocol";
import { runHandler } from "../handler.ts";
import type { ReplayCall } from "../replay.ts";
import { RollbackRun } from "./run.ts";

/** The step that a call undoes; undefined: it is a call like any other. */
export function stepToUndo({ request }: Pick<ReplayCall, "request">): string | undefined {
  return rolledBackStep(request.ctx.step_id ?? "");
}

/** Replays the function up to a step and runs that step's rollback. Never rejects. */
export function startRollback(call: ReplayCall, stepId: string): RollbackRun {
  const run = new RollbackRun(call, stepId);
  runHandler(run.replay).then((result) => run.ended(result));
  return run;
}
