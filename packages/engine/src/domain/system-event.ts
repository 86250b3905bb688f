import {
  type EventPayload,
  type Json,
  type JsonObject,
  systemEvents,
  type WireError,
} from "@stepfast/protocol";
import { eventRow, freshPayload, payloadJson } from "./event-row.ts";
import type { RunState } from "./run-state.ts";
import type { Emission, Ending } from "./transition.ts";

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

/** The events that announce a run's end (PROTOCOL §9). */
export function endEmissions(state: RunState, ending: Ending, context: EmitContext): Emission[] {
  const trigger = state.events[0];
  if (trigger && silentTriggers.has(trigger.name)) return [];
  const about = {
    function_id: state.fn.id,
    run_id: state.run.id,
    event: trigger ? payloadJson(trigger) : null,
    events: state.events.map(payloadJson),
  };
  const outcome: JsonObject = ending.error ? { error: errorData(ending.error) } : { result: ending.output };
  const finished = emission(
    {
      name: systemEvents.functionFinished,
      data: { ...about, ...outcome, _inngest: { status: ending.status } },
    },
    state,
    context,
  );
  finished.optional = true;
  if (!ending.error) return [finished];
  const name = ending.status === "cancelled" ? systemEvents.functionCancelled : systemEvents.functionFailed;
  return [finished, emission({ name, data: { ...about, ...outcome } }, state, context)];
}

function errorData(error: WireError): JsonObject {
  const data: JsonObject = { error: error.message, message: error.message, name: error.name };
  if (error.stack) data.stack = error.stack;
  return data;
}

/** The value an invoking step gets of its child's end. */
export function childValue(ending: Ending): Json {
  if (!ending.error) return { data: ending.output };
  return { error: ending.error as unknown as Json };
}
