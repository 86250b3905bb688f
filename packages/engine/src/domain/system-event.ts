import {
  type EventPayload,
  type Json,
  type JsonObject,
  systemEvents,
  valueLength,
  type WireError,
} from "@stepfast/protocol";
import type { Draft } from "./draft.ts";
import { eventRow, freshPayload, payloadJson } from "./event-row.ts";
import { lastSettledFirst } from "./rollback.ts";
import type { RunState } from "./run-state.ts";
import type { Announcement, Emission, Ending } from "./transition.ts";

export interface EmitContext {
  now: number;
  newId: () => string;
}

/** An emission without a target: it goes to whoever triggers on it. */
export function emission(
  event: { name: string; data: JsonObject; meta?: EventPayload["meta"] },
  state: RunState,
  context: EmitContext,
): Emission {
  const row = eventRow(event, { id: context.newId(), nowMs: context.now, runId: state.run.id });
  return { row, payload: freshPayload(event, row) };
}

/** Runs started by these do not announce their own end: a handler can never feed itself. */
const silentTriggers: ReadonlySet<string> = new Set([
  systemEvents.functionFinished,
  systemEvents.functionFailed,
  systemEvents.functionCancelled,
]);

function isSilent(state: RunState): boolean {
  const trigger = state.events[0];
  return trigger !== undefined && silentTriggers.has(trigger.name);
}

/** The event that announces a run's end, however it ended (PROTOCOL §9). */
export function endAnnouncement(state: RunState, ending: Ending, context: EmitContext): Announcement | null {
  if (isSilent(state)) return null;
  const name = systemEvents.functionFinished;
  const make = () => {
    const data = { ...endData(state, ending), _inngest: { status: ending.status } };
    return { ...emission({ name, data }, state, context), optional: true };
  };
  return { name, make };
}

/** The event that a run failed or was cancelled. */
export function failureEmissions(draft: Draft, ending: Ending): Emission[] {
  const { state, context } = draft;
  if (isSilent(state) || !ending.error) return [];
  if (ending.status !== "cancelled") {
    return [emission({ name: systemEvents.functionFailed, data: endData(state, ending) }, state, context)];
  }
  const data = { ...endData(state, ending), steps: completedSteps(draft) };
  return [emission({ name: systemEvents.functionCancelled, data }, state, context)];
}

/** Together, as JSON; what does not fit is left out. */
const MAX_STEPS_BYTES = 256 * 1024;

/**
 * What the cancelled run had done, for whoever cleans up after it: by the step's id as the function names it, in the order in
 * which they completed. Of steps with the same id the last one counts. Values that would make the event too large are null.
 */
function completedSteps(draft: Draft): JsonObject {
  const steps: JsonObject = {};
  let bytes = 0;
  for (const step of [...lastSettledFirst(draft)].reverse()) {
    if (step.status !== "completed" || step.output === null) continue;
    bytes += valueLength(step.output);
    const output = bytes > MAX_STEPS_BYTES ? null : (JSON.parse(step.output) as Json);
    // An event that was waited for is the value itself.
    steps[step.userId] = step.op !== "WaitForEvent" && isWrapped(output) ? output.data : output;
  }
  return steps;
}

function isWrapped(output: Json): output is { data: Json } {
  return typeof output === "object" && output !== null && !Array.isArray(output) && "data" in output;
}

function endData(state: RunState, ending: Ending): JsonObject {
  const trigger = state.events[0];
  return {
    function_id: state.fn.id,
    run_id: state.run.id,
    event: trigger ? payloadJson(trigger) : null,
    events: state.events.map(payloadJson),
    ...(ending.error ? { error: errorData(ending.error) } : { result: ending.output }),
  };
}

function errorData(error: WireError): JsonObject {
  const data: JsonObject = { error: error.message, message: error.message, name: error.name };
  if (error.stack) data.stack = error.stack;
  return data;
}
