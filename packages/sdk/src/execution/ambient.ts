import { StepfastError } from "@stepfast/protocol";
import { RetryAfterError } from "../errors/retry-after-error.ts";
import type { GroupTools } from "../group/tools.ts";
import type { StepTools } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import { asyncScope } from "./async-scope.ts";
import { follow, isFollowing } from "./following.ts";
import type { Replay } from "./replay.ts";

/** The run that code belongs to, for what is not handed to it: the `step` of the module, a message's run. */
export interface Ambient {
  replay: Replay;
  step: StepTools;
  group: GroupTools;
  /** What the handler was called with. */
  context: Untyped;
}

const runs = asyncScope<Ambient | undefined>();

/** Whether there were runs that nobody followed: some may still be there. */
let hasUnfollowed = false;
/** The run whose handler was entered and has not come to its first await. */
let entered: Ambient | undefined;

/** Runs a handler's code as part of a run. `isFollowed`: across awaits, whether or not anybody has asked for it. */
export function withinRun<R>(ambient: Ambient, isFollowed: boolean, body: () => R): R {
  if (runs && (isFollowed || isFollowing())) return runs.run(ambient, body);
  hasUnfollowed = true;
  const outer = entered;
  const before = runs?.getStore();
  entered = ambient;
  try {
    return body();
  } finally {
    entered = outer;
    // What was asked for within is for the handler's flow, not for its caller's.
    if (isFollowing()) runs?.enterWith(before);
  }
}

/** The run that the running code belongs to, if that is known. */
export function currentRun(): Ambient | undefined {
  return runs?.getStore() ?? entered;
}

/** As {@link currentRun}; from now on runs are followed. */
export function wantedRun(): Ambient | undefined {
  follow();
  const found = runs?.getStore();
  if (found || !entered) return found;
  runs?.enterWith(entered);
  return entered;
}

/** As {@link wantedRun}. Throws what {@link noRun} makes outside a function. */
export function demandRun(what: string): Ambient {
  const found = wantedRun();
  if (found) return found;
  throw noRun(
    `${what} of the module works inside a running function or durable endpoint only: there is none here`,
  );
}

/**
 * The error of who asked for the run in vain: `invalid_request`, which is final. But where there were runs that nobody followed it may
 * be one of them: trying again is all it needs.
 */
export function noRun(message: string): Error {
  if (!hasUnfollowed) return new StepfastError("invalid_request", message);
  return new RetryAfterError(`${message}, or one that was not followed. From now on they are`, 0);
}

/** Runs code as part of a run that it does not belong to by itself. */
export function runAs<R>(run: Ambient | undefined, code: () => R): R {
  return runs ? runs.run(run, code) : code();
}

export function currentRunId(): string | undefined {
  return currentRun()?.replay.call.request.ctx.run_id;
}
