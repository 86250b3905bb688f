import { isSettled, type RunState } from "./run-state.ts";
import type { Transition } from "./transition.ts";

/** When a run in memory has something to do by itself; infinity: never. What is due already is being seen to. */
export function nextDeadline(state: RunState, now: number): number {
  let due = later(state.run.finishBy, now);
  if (state.openSteps === 0) return due;
  for (const step of state.steps.values()) {
    if (!isSettled(step)) due = Math.min(due, later(step.dueAt, now));
  }
  return due;
}

/** The earliest deadline among what a transition changed. */
export function newDeadline(transition: Transition): number {
  let due = transition.run.finishBy ?? Number.POSITIVE_INFINITY;
  for (const step of transition.steps.values()) {
    if (step.dueAt !== null && !isSettled(step)) due = Math.min(due, step.dueAt);
  }
  return due;
}

function later(time: number | null, now: number): number {
  return time !== null && time > now ? time : Number.POSITIVE_INFINITY;
}
