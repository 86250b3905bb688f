import { isOmitted, rolledBackStep, type WireError } from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";
import type { z } from "zod";
import type { rollback as rollbackSchema } from "../schemas/run.ts";
import { isoTime } from "./envelope.ts";

type RollbackView = z.input<typeof rollbackSchema>;

const statuses: Partial<Record<StepRow["status"], RollbackView["status"]>> = {
  completed: "ROLLED_BACK",
  failed: "INCOMPLETE",
};

/** Of the rows with which a run's end waits for its steps to be undone. */
export const ROLLBACK_OPS = ["Rollback", "StepRollback"];

export function isRollback(step: StepRow): boolean {
  return ROLLBACK_OPS.includes(step.op);
}

/** How a run that failed or was cancelled undid its steps, of these rows among its steps; undefined: it had none to undo. */
export function rollbackView(steps: StepRow[]): RollbackView | undefined {
  const whole = steps.find((step) => step.op === "Rollback");
  if (!whole) return undefined;
  const view: RollbackView = {
    status: statuses[whole.status] ?? "ROLLING_BACK",
    startedAt: isoTime(whole.startedAt),
    endedAt: isoTime(whole.endedAt),
    steps: steps.filter((step) => step.op === "StepRollback").map(undoneView),
  };
  return view;
}

/** Of the row by which a step is undone; it is named after that step. */
function undoneView(step: StepRow): RollbackView["steps"][number] {
  const view: RollbackView["steps"][number] = {
    step: step.name.replace(/ rollback$/, ""),
    stepId: rolledBackStep(step.stepId) ?? step.stepId,
    status: statusOf(step),
    attempts: step.attempt,
  };
  if (step.status === "failed" && step.output !== null && !isOmitted(step.output)) {
    const { error }: { error: WireError } = JSON.parse(step.output);
    view.error = { name: error.name, message: error.message };
  }
  return view;
}

function statusOf({ status }: StepRow): RollbackView["steps"][number]["status"] {
  if (status === "completed") return "COMPLETED";
  return status === "failed" ? "FAILED" : "RUNNING";
}
