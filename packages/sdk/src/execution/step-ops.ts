import { COMPLETE_OP_ID, type Json, type Op, type OpCode, toWireError } from "@stepfast/protocol";
import { retryAfterOf } from "../errors/classify.ts";
import type { FoundStep, StepPlan } from "./found-step.ts";
import type { BodyOutcome } from "./step-body.ts";

const NANOS_PER_MS = 1_000_000;

/** A step as an op (PROTOCOL §5); what is special to an op code is added by the caller. */
export function stepOp(step: FoundStep, op: OpCode): Op {
  const { plan, index } = step;
  const result: Op = {
    id: step.id,
    op,
    displayName: step.displayName,
    opts: opOptions(step),
    data: null,
    userland: index === undefined ? { id: step.userId } : { id: step.userId, index },
  };
  if (plan.name !== null) result.name = plan.name ?? step.displayName;
  return result;
}

function opOptions(step: FoundStep): NonNullable<Op["opts"]> {
  const { plan, options, input } = step;
  const canUndo = tellRollback(plan);
  if (input === undefined && options.parallelMode === undefined && !canUndo) return plan.opts;
  const opts = { ...plan.opts };
  if (canUndo) opts.rollback = true;
  if (canUndo && plan.rollback?.isAlways) opts.rollbackAlways = true;
  // Given another input, a model is asked with it in its body (PROTOCOL §3.1).
  if (input !== undefined && step.plan.op === "AIGateway")
    opts.body = { ...(opts.body as object), ...(input[0] as object) };
  else if (input !== undefined) opts.input = input as Json[];
  if (options.parallelMode !== undefined) opts.parallelMode = options.parallelMode;
  return opts;
}

function tellRollback({ rollback }: StepPlan): boolean {
  if (!rollback) return false;
  rollback.isTold = true;
  return rollback.handler !== undefined;
}

/** The op of a body that ran. `isFinal`: a failure is the step's last. */
export function bodyOp(step: FoundStep, outcome: BodyOutcome, isFinal: boolean): Op {
  const { json, ...op } = inlineBodyOp(step, outcome, isFinal);
  // A copy: what user code does to its own must not change what is recorded.
  return json === undefined ? op : { ...op, data: JSON.parse(json) as Json };
}

/** The same for the engine in this process, which wants the JSON of a result. */
export function inlineBodyOp(step: FoundStep, outcome: BodyOutcome, isFinal: boolean): Op {
  const op = stepOp(step, outcome.ok ? "StepRun" : isFinal ? "StepFailed" : "StepError");
  op.attempt = step.attempt;
  op.timing = { a: outcome.startedAt * NANOS_PER_MS, b: (Date.now() - outcome.startedAt) * NANOS_PER_MS };
  const notes = step.takeNotes();
  if (notes) op.metadata = notes;
  if (outcome.ok) op.json = outcome.json;
  else describeFailure(op, outcome.thrown, isFinal);
  return op;
}

function describeFailure(op: Op, thrown: unknown, isFinal: boolean): void {
  const error = toWireError(thrown);
  op.error = error;
  if (isFinal) {
    op.data = { __serialized: true, name: error.name, message: error.message, stack: "" };
    return;
  }
  const retryAfter = retryAfterOf(thrown);
  if (retryAfter !== undefined) op.retryAfter = retryAfter;
}

/** The op that ends the run. */
export function completeOp(output: Json): Op {
  return { id: COMPLETE_OP_ID, op: "RunComplete", data: output };
}
