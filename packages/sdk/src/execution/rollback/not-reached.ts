import type { CallAnswer } from "@stepfast/protocol";

/** The answer where there is nothing to run: the code has changed. Tried again, like any failure: it may change back. */
export function notReached(reason: string): CallAnswer {
  const message = `The rollback could not run: ${reason}. Was the step renamed, or is the code before it not deterministic?`;
  return { kind: "error", error: { name: "RollbackNotReached", message, stack: "" }, noRetry: false };
}
