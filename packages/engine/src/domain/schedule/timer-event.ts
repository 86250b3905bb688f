import { type IncomingEvent, systemEvents } from "@stepfast/protocol";
import { eventRow, freshPayload } from "../event-row.ts";
import type { Emission } from "../transition.ts";
import { type ScheduleSpec, startOf } from "./schedule-spec.ts";

/** The event of a tick, for the schedule's function alone (SERVER §1.5). Its id is the tick's time. */
export function timerEvent(
  spec: ScheduleSpec,
  tick: number,
  context: { appId: string; now: number; newId: () => string },
): Emission {
  const start = startOf(spec, tick);
  const event: IncomingEvent = {
    name: systemEvents.scheduledTimer,
    id: rfc3339(tick),
    data: { cron: spec.cron.text, scheduledAt: rfc3339(tick), fireAt: rfc3339(start) },
    ts: start,
  };
  const row = eventRow(event, { id: context.newId(), nowMs: context.now });
  const { functionId } = spec;
  const link = { origin: "cron", parentRunId: null, parentStepId: null } as const;
  const target = { functionId, appId: context.appId, runId: context.newId(), ...link };
  return { row, payload: freshPayload(event, row), target };
}

/** Without the milliseconds where there are none. */
function rfc3339(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
