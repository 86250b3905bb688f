import { COMPLETE_OP_ID, limits, type Op, rolledBackStep } from "@stepfast/protocol";
import { applyDeferAbort, applyDeferAdd } from "./defer.ts";
import type { Draft } from "./draft.ts";
import { complete, fail, failBody } from "./ending.ts";
import { applyOffload } from "./offload.ts";
import type { OpSource } from "./op-source.ts";
import { warnOfRun } from "./size-warnings.ts";
import {
  applyInvoke,
  applySleep,
  applyStepFailure,
  applyStepPlanned,
  applyStepRun,
  applyWaitForEvent,
  applyWaitForSignal,
} from "./step-op.ts";
import { applyRollbackOp } from "./undo.ts";

/** Waits and defers first: they must be in place before what happens beside them (PROTOCOL §5.4). */
const early: ReadonlySet<string> = new Set(["WaitForEvent", "WaitForSignal", "DeferAdd", "DeferAbort"]);

/** What a cancelled run does not begin any more, although the call that asks for it was under way. */
const beginnings: ReadonlySet<string> = new Set([
  "StepPlanned",
  "Sleep",
  "WaitForEvent",
  "WaitForSignal",
  "InvokeFunction",
  "AIGateway",
  "Gateway",
]);

export function applyOps(draft: Draft, ops: Op[], source: OpSource): void {
  if (ops.length === 1) {
    for (const op of ops) applyOp(draft, op, source);
  } else {
    for (const op of ops) if (early.has(op.op)) applyOp(draft, op, source);
    for (const op of ops) if (!early.has(op.op)) applyOp(draft, op, source);
  }
  enforceLimits(draft);
}

function applyOp(draft: Draft, op: Op, source: OpSource): void {
  if (draft.out.ending || (draft.hasRefused && !draft.state.fn.inline)) return;
  if (rolledBackStep(op.id) !== undefined) return applyRollbackOp(draft, op, source);
  if (draft.isUndoing && !isRecord(op)) return;
  if (draft.cancelled && beginnings.has(op.op)) return;
  if (op.id === COMPLETE_OP_ID || op.op === "RunComplete") return applyBodyEnd(draft, op, source);
  switch (op.op) {
    case "StepRun":
      return applyStepRun(draft, op, source.attempt);
    case "StepPlanned":
      return applyStepPlanned(draft, op);
    case "StepError":
    case "StepFailed":
      return applyStepFailure(draft, op, source.attempt, source);
    case "Sleep":
      return applySleep(draft, op);
    case "WaitForEvent":
      return applyWaitForEvent(draft, op);
    case "WaitForSignal":
      return applyWaitForSignal(draft, op);
    case "InvokeFunction":
      return applyInvoke(draft, op);
    case "AIGateway":
    case "Gateway":
      return applyOffload(draft, op);
    case "DeferAdd":
      return applyDeferAdd(draft, op);
    case "DeferAbort":
      return applyDeferAbort(draft, op);
    case "DiscoveryRequest":
      draft.out.news = true;
      return;
    default:
      fail(draft, {
        name: "UnsupportedOpcode",
        message: `The SDK asked for "${op.op}", which this server does not know`,
        code: "invalid_request",
      });
  }
}

/** A step that was executing when the run's end was decided is recorded; nothing new begins. */
function isRecord({ id, op }: Op): boolean {
  return id !== COMPLETE_OP_ID && (op === "StepRun" || op === "DeferAdd" || op === "DeferAbort");
}

/** The function returned or threw. A run that is being cancelled ends as cancelled all the same. */
function applyBodyEnd(draft: Draft, op: Op, source: OpSource): void {
  if (draft.cancelled) return;
  if (op.op === "RunComplete") return complete(draft, op.data ?? null);
  failBody(draft, {
    error: op.error ?? { name: "Error", message: "The function failed without an error" },
    startedAt: source.startedAt,
    noRetry: op.op === "StepFailed" || source.noRetry,
    retryAfter: op.retryAfter ?? source.retryAfter,
  });
}

/** A run over a limit fails. */
export function enforceLimits(draft: Draft): void {
  if (draft.out.ending || draft.isUndoing) return;
  const { stepsPerRun, runStateBytes } = draft.sizes;
  if (draft.stepCount > stepsPerRun + limits.defersPerRun) {
    fail(draft, {
      name: "InngestErrFunctionOverflowed",
      message: `The run has more than ${stepsPerRun} steps: split the function, or invoke another one per part`,
      code: "step_limit",
    });
  } else if (draft.stateBytes > runStateBytes) {
    fail(draft, {
      name: "InngestErrStateOverflowed",
      message: `The run's steps hold more than ${runStateBytes} bytes: return references, not values`,
      code: "state_too_large",
    });
  } else {
    warnOfRun(draft);
  }
}
