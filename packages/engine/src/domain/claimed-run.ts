import type { LoadedRun, RunRow } from "@stepfast/store";
import { endpointSpec } from "./endpoint.ts";
import { eventPayload } from "./event-row.ts";
import type { FunctionFacts } from "./function-facts.ts";
import type { FunctionSpec } from "./function-spec.ts";
import { holdsRuns, type PauseState } from "./pause.ts";
import { wantsRollback } from "./rollback.ts";

/** A paused function's run waits if all of its runs do, or if it came while events are held. */
export function isHeldBack(paused: PauseState, run: RunRow): boolean {
  if (holdsRuns(paused)) return true;
  return paused.events === "hold" && run.startedAt === null && run.queuedAt >= paused.at;
}

/** An endpoint is registered nowhere: what must be known of it is in its run's event. */
export function specOfEndpoint({ events: [event] }: LoadedRun): FunctionSpec | undefined {
  return (event && endpointSpec(eventPayload(event))) ?? undefined;
}

/** Cancellation and deadlines need no code, unless there is something to undo. */
export function mayEndWithoutCode({ run, messages, steps }: LoadedRun, now: number): boolean {
  if (wantsRollback(steps)) return false;
  if (run.cancel !== null || messages.some((message) => message.kind === "cancel")) return true;
  if (run.finishBy !== null && run.finishBy <= now) return true;
  return run.startedAt === null && run.startBy !== null && run.startBy <= now;
}

/** Of a function that is not registered, whose run ends all the same. */
export function factsOfUnknown(run: RunRow): FunctionFacts {
  return { id: run.functionId, appId: run.appId, maxAttempts: 1, inline: true, finishMs: null };
}
