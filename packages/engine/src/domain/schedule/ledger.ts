import type { GateRow } from "@stepfast/store";
import { type CatchUp, type ScheduleSpec, startOf } from "./schedule-spec.ts";

const FAR_AHEAD_MS = 3_600_000;

/** State of a gate of kind `schedule`: up to where its ticks are dealt with. What is configured is here to be shown. */
export interface ScheduleState {
  appId: string;
  cron: string;
  timeZone: string;
  jitterMs: number;
  catchUp: CatchUp;
  /** All ticks up to this one are dealt with; at first, when the schedule was registered. */
  handledUntil: number;
  /** The last tick that became an event; null: none yet. */
  lastTick: number | null;
  nextTick: number | null;
  /** Ticks that were left out, as the policy says, as far as they were counted. */
  missed: number;
  /** Missed ticks up to here are being caught up with; null: none are. */
  catchingUpUntil: number | null;
}

export function scheduleState(gate: GateRow): ScheduleState {
  return JSON.parse(gate.state) as ScheduleState;
}

/** The ledger's entry for a schedule that is registered now: ticks count from here on. */
export function newSchedule(spec: ScheduleSpec, appId: string, now: number): ScheduleState {
  const facts = factsOf(spec, appId);
  const nextTick = spec.cron.after(now);
  return { ...facts, handledUntil: now, lastTick: null, nextTick, missed: 0, catchingUpUntil: null };
}

/** The same entry under a configuration that may have changed; equal to it if it has not. */
export function renewed(state: ScheduleState, spec: ScheduleSpec, appId: string): ScheduleState {
  return { ...state, ...factsOf(spec, appId) };
}

/**
 * The entry as it is now that the clock, which was further ahead when ticks were dealt with, has been put back: those that are to
 * come again by the clock are not forgotten. Nodes' clocks differ by less, so none fires twice for that.
 */
export function broughtBack(state: ScheduleState, spec: ScheduleSpec, now: number): ScheduleState {
  if (state.handledUntil <= now + FAR_AHEAD_MS) return state;
  return { ...state, handledUntil: now, nextTick: spec.cron.after(now), catchingUpUntil: null };
}

function factsOf(spec: ScheduleSpec, appId: string) {
  const { cron, jitterMs, catchUp } = spec;
  return { appId, cron: cron.text, timeZone: cron.timeZone, jitterMs, catchUp };
}

/** When the entry wants to be looked at. */
export function dueAtOf(spec: ScheduleSpec, { nextTick }: ScheduleState): number | null {
  return nextTick === null ? null : startOf(spec, nextTick);
}

export function scheduleRow(spec: ScheduleSpec, state: ScheduleState, stamp: string): GateRow {
  const { gateId: id, functionId } = spec;
  const dueAt = dueAtOf(spec, state);
  return { id, kind: "schedule", functionId, stamp, state: JSON.stringify(state), dueAt };
}
