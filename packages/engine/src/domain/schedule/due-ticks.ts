import { dueAtOf, type ScheduleState } from "./ledger.ts";
import { type ScheduleSpec, startOf } from "./schedule-spec.ts";

/** A tick that is dealt with this long after its start is on time, whatever the policy. */
export const ON_TIME_MS = 10_000;
/** The most missed ticks that `all` catches up with: the latest. */
export const MAX_CAUGHT_UP = 1_000;
/** Ticks of one commit. */
const PORTION = 100;

/** What a look at a schedule comes to. */
export interface DueTicks {
  /** They become events, in this order. */
  fire: number[];
  /** How many the policy leaves out, as far as they were counted: what `all` or a pile of ticks goes beyond is not. */
  leftOut: number;
  state: ScheduleState;
}

/**
 * The ticks since the last look whose start has come, and which of them fire: those that are on time; of those that were missed,
 * what the policy says. They are dealt with in order: a tick waits for those before it.
 */
export function dueTicks(spec: ScheduleSpec, state: ScheduleState, now: number): DueTicks {
  const next = portion(spec, state.handledUntil, now);
  if (next.length < PORTION || isCatchingUp(state, next)) return settled(spec, state, next, now);
  if (spec.catchUp !== "all") return settled(spec, state, newest(spec, state, now), now);
  const [earliest = 0] = spec.cron.lastUntil(now, MAX_CAUGHT_UP);
  const ticks = portion(spec, Math.max(state.handledUntil, earliest - 1), now);
  return settled(spec, { ...state, catchingUpUntil: now }, ticks, now);
}

function isCatchingUp({ catchingUpUntil }: ScheduleState, [tick = 0]: number[]): boolean {
  return catchingUpUntil !== null && tick <= catchingUpUntil;
}

/** The first due ticks after `from`: all of them, unless they fill a portion. */
function portion(spec: ScheduleSpec, from: number, now: number): number[] {
  const ticks: number[] = [];
  let tick = spec.cron.after(from);
  while (tick !== null && startOf(spec, tick) <= now && ticks.length < PORTION) {
    ticks.push(tick);
    tick = spec.cron.after(tick);
  }
  return ticks;
}

/** The last due ticks: what was before them is not looked at. */
function newest(spec: ScheduleSpec, { handledUntil }: ScheduleState, now: number): number[] {
  const notYetDue = Math.ceil(spec.jitterMs / 1_000);
  const ticks = spec.cron.lastUntil(now, PORTION + notYetDue).filter((tick) => tick > handledUntil);
  const end = ticks.findIndex((tick) => startOf(spec, tick) > now);
  return end < 0 ? ticks : ticks.slice(0, end);
}

function settled(spec: ScheduleSpec, state: ScheduleState, ticks: number[], now: number): DueTicks {
  const fire = chosen(spec, ticks, now, dueAtOf(spec, state) ?? 0);
  const handledUntil = ticks.at(-1) ?? state.handledUntil;
  const leftOut = ticks.length - fire.length;
  const lastTick = fire.at(-1) ?? state.lastTick;
  const nextTick = spec.cron.after(handledUntil);
  const missed = state.missed + leftOut;
  return { fire, leftOut, state: { ...state, handledUntil, lastTick, nextTick, missed } };
}

/** No tick starts before the first of them could: one whose own start was earlier has waited for it. */
function chosen(spec: ScheduleSpec, ticks: number[], now: number, firstStart: number): number[] {
  if (spec.catchUp === "all") return ticks;
  const onTime = ticks.filter((tick) => now - Math.max(startOf(spec, tick), firstStart) <= ON_TIME_MS);
  return spec.catchUp === "skip" || onTime.length > 0 ? onTime : ticks.slice(-1);
}
