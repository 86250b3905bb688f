import type { Op } from "@stepfast/protocol";
import type { RunInput } from "./decide.ts";
import { signalWaitName } from "./step-op.ts";

/** Signals that an input's ops begin to wait for. */
export function signalNames(input: RunInput): string[] {
  const ops = opsOf(input);
  return ops.some((op) => op.op === "WaitForSignal")
    ? ops.filter((op) => op.op === "WaitForSignal").map(signalWaitName)
    : [];
}

function opsOf(input: RunInput): Op[] {
  if (input.kind === "report") return input.ops;
  return input.kind === "answer" && input.answer.kind === "ops" ? input.answer.ops : [];
}
