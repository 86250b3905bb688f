import type { InlineCall, InlineHost, InlineSession, PendingStep } from "@stepfast/protocol";
import { chainFor } from "../../middleware/chain.ts";
import { runHandler, tellEnd } from "../handler.ts";
import type { AnyFunction, HandlerResult } from "../replay.ts";
import { stepToUndo } from "../rollback/call.ts";
import { RollbackSession } from "./rollback-session.ts";
import { Session } from "./session.ts";

export interface InlineCallParts {
  fn: AnyFunction;
  slug: string;
  call: InlineCall;
  host: InlineHost;
}

/** Calls a function in this process. Never throws: whatever goes wrong is the session's answer. */
export function startInlineCall({ fn, slug, call, host }: InlineCallParts): InlineSession {
  const parts = {
    fn,
    slug,
    request: call,
    maxAttempts: call.maxAttempts,
    attempt: currentAttempt(call),
    chain: chainFor(fn),
    isDevelopment: true,
    // Few calls ever look at it, and it is not free to make.
    get signal() {
      return host.signal;
    },
  };
  const undone = stepToUndo(parts);
  if (undone !== undefined) return new RollbackSession(parts, undone, host);
  const session = new Session(parts, call.pending, host);
  runHandler(session.replay).then((result) => end(session, result));
  return session;
}

function end(session: Session, result: HandlerResult): void {
  if (!session.replay.middleware) return session.ended(result);
  tellEnd(session.replay, result).then(() => session.ended(result));
}

/** The attempt of the step this call is about, or of the function's own code: whichever is further. */
function currentAttempt(call: InlineCall): number {
  let attempt = call.ctx.attempt;
  if (stepToUndo({ request: call }) !== undefined) return attempt;
  for (const pending of Object.values(call.pending) as PendingStep[]) {
    if (pending.state === "run" && pending.attempt > attempt) attempt = pending.attempt;
  }
  return attempt;
}
